// Keeps the board live: takes over the parts that changed. Without this file the page still reads well.

const RETRY_MS = 30000;
const board = document.getElementById("board");
const line = document.getElementById("line");
const language = document.documentElement.lang.slice(0, 2);
const reader = new DOMParser();
let source = null;
let retry = 0;

function show(name, html) {
  const place = document.getElementById(name);
  if (!place) return;
  place.textContent = "";
  place.append(...reader.parseFromString(html, "text/html").body.childNodes);
}

function lost(isLost) {
  const words = isLost ? line.dataset.lost : "";
  if (line.textContent !== words) line.textContent = words;
}

function close() {
  clearTimeout(retry);
  if (source) source.close();
  source = null;
}

function open() {
  close();
  const asked = new URLSearchParams({ lang: language, v: board.dataset.version });
  source = new EventSource(`/board/events?${asked}`);
  source.onopen = () => lost(false);
  source.onmessage = (event) => {
    for (const [name, html] of Object.entries(JSON.parse(event.data))) show(name, html);
    board.dataset.version = event.lastEventId;
  };
  source.onerror = () => {
    lost(true);
    // While it is CONNECTING, the browser tries again by itself.
    if (source.readyState !== EventSource.CLOSED) return;
    close();
    retry = setTimeout(open, RETRY_MS * (1 + Math.random()));
  };
}

// A page nobody sees needs no line.
document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
addEventListener("pagehide", close);
if (!document.hidden) open();
