// Brings the button when the minimum time is over, also to a page that was left for the book meanwhile.

const waiting = document.querySelector("[data-left]");
if (waiting) {
  const until = Date.now() + (Number(waiting.dataset.left) + 1) * 1000;
  const look = () => {
    if (Date.now() >= until) location.replace(location.href);
  };
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
}
