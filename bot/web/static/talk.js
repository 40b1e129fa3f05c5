// One person's conversation: what is kept of it in this tab, and how it is drawn.
//
// An entry is {from: "bot", id, rich, buttons, picture, alt, sides, document, files} or
// {from: "me", own, words, frame, state, tries, quiet, told}; state is sending, waiting, failed or done,
// told why it waits if the bot said so.

const ENTRIES_MAX = 100;
const ADDRESS = /https?:\/\/[^\s<>"'，。；：！？、（）《》「」【】“”]+/g;

export function recall(store, key) {
  try {
    return JSON.parse(store.getItem(key));
  } catch (fault) {
    return null; // forbidden, or not ours
  }
}

export function keep(store, key, value) {
  try {
    store.setItem(key, JSON.stringify(value));
  } catch (fault) {
    // A browser that keeps nothing still converses.
  }
}

export class Talk {
  constructor(person) {
    this.key = `shuxiang.talk.${person}`;
    const kept = recall(sessionStorage, this.key);
    this.entries = kept && Array.isArray(kept.entries) ? kept.entries : [];
    this.last = kept && Number.isSafeInteger(kept.last) ? kept.last : 0;
  }

  save() {
    this.entries = this.entries.slice(-ENTRIES_MAX);
    keep(sessionStorage, this.key, { entries: this.entries, last: this.last });
  }

  forget() {
    this.entries = [];
    this.last = 0;
    this.save();
  }

  own(id) {
    return id ? this.entries.find((entry) => entry.from === "me" && entry.own === id) : undefined;
  }

  has(id) {
    return this.entries.some((entry) => entry.from === "bot" && entry.id === id);
  }

  unanswered() {
    return this.entries.filter((entry) => ["sending", "waiting"].includes(entry.state));
  }
}

// Puts these in the place of all that an element holds.
export function fill(parent, ...parts) {
  parent.textContent = "";
  parent.append(...parts);
}

function make(tag, name, text) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
}

// An address as the page may follow it, or "".
function web(address) {
  try {
    const url = new URL(address, location.href);
    return ["http:", "https:"].includes(url.protocol) ? url.href : "";
  } catch (fault) {
    return "";
  }
}

function away(link, address) {
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

function withLinks(parent, text) {
  let start = 0;
  for (let found; (found = ADDRESS.exec(text)) !== null; ) {
    parent.append(text.slice(start, found.index), away(make("a", "", found[0]), found[0]));
    start = found.index + found[0].length;
  }
  parent.append(text.slice(start));
}

export function drawRuns(parent, runs) {
  for (const [text, bold] of runs) withLinks(bold ? parent.appendChild(make("b")) : parent, text);
}

// `press(button)` is called for a pressed tap.
export function drawButtons(rows, words, press) {
  const choices = make("div", "choices");
  for (const row of rows) {
    const line = choices.appendChild(make("div", "line"));
    for (const button of row) {
      const address = button.url && web(button.url);
      if (address) {
        const link = away(make("a", "choice away", button.label), address);
        const arrow = make("span", "", "↗");
        arrow.setAttribute("aria-hidden", "true");
        link.append(arrow, make("span", "unseen", words.new_window));
        line.append(link);
      } else if (button.tap) {
        const choice = make("button", "choice", button.label);
        choice.type = "button";
        choice.addEventListener("click", () => press(button));
        line.append(choice);
      }
    }
  }
  return choices;
}

// `chosen(file)` is called for each file that is chosen.
function drawChooser(words, chosen) {
  const choices = make("div", "choices");
  const choice = choices.appendChild(make("button", "choice", words.file_choose));
  const input = choices.appendChild(make("input"));
  choice.type = "button";
  input.type = "file";
  input.hidden = true;
  choice.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    if (input.files.length) chosen(input.files[0]);
    input.value = "";
  });
  return choices;
}

export class View {
  // Draws entries into the log; on.press(button, entry) and on.again(entry) tell what was clicked.
  constructor(log, on) {
    this.log = log;
    this.on = on;
    this.words = {};
    this.elements = new Map();
    this.adrift = false; // the button that had the focus is gone
    this.following = true; // nobody has scrolled up to read what was said before
    this.below = 0; // answers that came meanwhile
    let bottom = true;
    let top = 0;
    this.look = () => {
      bottom = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
      if (bottom) this.follow();
      else if (log.scrollTop < top) this.following = false;
      top = log.scrollTop;
    };
    log.addEventListener("scroll", this.look, { passive: true });
    // A keyboard on a phone takes half of the page; the newest stays in view.
    if (window.ResizeObserver) {
      new ResizeObserver(() => {
        if (bottom) log.scrollTop = log.scrollHeight;
      }).observe(log);
    }
  }

  follow() {
    this.following = true;
    this.below = 0;
    this.on.below(0);
  }

  // Goes to the newest.
  jump() {
    this.follow();
    this.scroll(this.log.scrollHeight);
  }

  show(entries) {
    this.log.setAttribute("aria-busy", "true"); // old news is not read aloud
    fill(this.log);
    this.elements.clear();
    for (const entry of entries) this.draw(entry);
    this.log.setAttribute("aria-busy", "false");
    this.log.scrollTop = this.log.scrollHeight;
    this.follow();
  }

  add(entry) {
    this.look(); // a busy browser tells late that somebody scrolled
    const element = this.draw(entry);
    while (this.log.children.length > ENTRIES_MAX) this.log.firstChild.remove();
    if (!element) return;
    if (entry.from === "me" && entry.state !== "done") this.follow(); // said here, not in another tab
    if (this.following) this.bring(element);
    else if (entry.from === "bot") this.on.below((this.below += 1));
    if (this.adrift && entry.from === "bot") this.catch(element);
  }

  // Whoever walks by keyboard goes on at the answer.
  catch(element) {
    this.adrift = false;
    if (document.activeElement !== document.body) return;
    const choice = element.querySelector(".choice");
    if (choice) choice.focus({ preventScroll: true });
  }

  bring(element) {
    const tall = element.offsetHeight > this.log.clientHeight * 0.9;
    const top = tall ? element.offsetTop - this.log.offsetTop - 8 : this.log.scrollHeight;
    this.scroll(top);
  }

  scroll(top) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (calm || !("scrollBehavior" in document.documentElement.style)) this.log.scrollTop = top;
    else this.log.scrollTo({ top, behavior: "smooth" });
  }

  draw(entry) {
    if (entry.quiet && entry.state !== "failed") return null;
    const element = make("div", `message ${entry.from}`);
    element.append(make("span", "unseen", entry.from === "bot" ? this.words.bot : this.words.me));
    const text = element.appendChild(make("div", "text"));
    if (entry.from === "bot") this.drawBot(entry, element, text);
    else {
      text.textContent = entry.words;
      element.append(make("div", "fate"));
    }
    this.elements.set(entry, element);
    this.log.append(element);
    this.update(entry);
    return element;
  }

  drawBot(entry, element, text) {
    drawRuns(text, entry.rich);
    if (entry.picture) {
      const image = element.appendChild(make("img"));
      image.src = entry.picture;
      image.alt = entry.alt || this.words.picture;
      if (entry.sides) [image.width, image.height] = entry.sides; // its place is kept while it loads
    }
    const rows = [...entry.buttons];
    if (entry.document) rows.push([{ label: this.words.document, url: entry.document }]);
    const press = (button) => this.on.press(button, entry);
    if (rows.length) element.append(drawButtons(rows, this.words, press));
    if (entry.files) element.append(drawChooser(this.words, (file) => this.on.file(file, entry)));
  }

  // Puts a newer version in the place of an entry.
  redraw(entry) {
    const old = this.elements.get(entry);
    const element = this.draw(entry);
    if (old && element) old.replaceWith(element);
  }

  // Draws anew how it went with an own message, or takes the spent buttons of the bot's away.
  update(entry) {
    const element = this.elements.get(entry);
    if (!element) {
      if (entry.quiet && entry.state === "failed") this.add(entry);
      return;
    }
    if (entry.from === "bot") {
      const choices = element.querySelector(".choices");
      if (!choices || entry.buttons.length || entry.document || entry.files) return;
      this.adrift = choices.contains(document.activeElement);
      choices.remove();
      return;
    }
    element.dataset.state = entry.state;
    const fate = element.querySelector(".fate");
    const words = { sending: "sending", waiting: "waiting", failed: "failed" }[entry.state];
    const said = words ? (words !== "sending" && entry.told) || this.words[words] : "";
    if (fate.textContent === said && entry.state !== "failed") return;
    fill(fate, ...(said ? [make("span", "", said)] : []));
    if (entry.state === "failed") {
      const again = fate.appendChild(make("button", "plain", this.words.again));
      again.type = "button";
      again.addEventListener("click", () => this.on.again(entry));
    }
  }
}
