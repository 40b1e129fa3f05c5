// The demo's panel: whom one speaks for, and the rehearsal clock.

import { drawButtons, drawRuns, fill } from "/static/talk.js";

const WIDE = matchMedia("(min-width: 62rem)");
const MOMENT = /(\d{4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})(?:\D{1,16}?(\d{1,2})[:：](\d{2}))?/;
const JUMP = /^\+\s*\d/;
const OWNER = "owner";

const $ = (id) => document.getElementById(id);

// What stands below the time tells how to type the jumps.
function firstLine(runs) {
  const last = runs.findIndex(([text]) => text.includes("\n"));
  if (last < 0) return runs;
  const [text, bold] = runs[last];
  return [...runs.slice(0, last), [text.slice(0, text.indexOf("\n")), bold]];
}

export class Panel {
  // ask.person(name) changes the person; ask.owner(frame) speaks for the owner, beside the talk.
  constructor(about, ask) {
    this.about = about;
    this.ask = ask;
    this.person = "";
    this.lang = "zh_CN";
    $("panel-open").addEventListener("click", () => this.open());
    $("panel-close").addEventListener("click", () => this.close());
    $("shade").addEventListener("click", () => this.close());
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !WIDE.matches && !$("panel").hidden) this.close();
    });
    $("jumps").addEventListener("click", (event) => {
      const jump = event.target.closest("[data-jump]");
      if (jump) this.clock(jump.dataset.jump);
    });
    $("clock").addEventListener("submit", (event) => {
      event.preventDefault();
      this.clock(`${$("moment").value}${about.offset || "+08:00"}`);
    });
    WIDE.addEventListener("change", () => this.lay());
    this.lay();
  }

  get words() {
    return this.about.words[this.lang];
  }

  // Beside the talk where there is room, otherwise a closed drawer.
  lay() {
    $("panel").hidden = !WIDE.matches;
    $("panel-open").hidden = WIDE.matches;
    $("panel-close").hidden = WIDE.matches;
    this.behind(false);
  }

  behind(inert) {
    $("page").inert = inert;
    $("shade").hidden = !inert;
    $("panel-open").setAttribute("aria-expanded", String(inert));
    for (const [name, value] of [["role", "dialog"], ["aria-modal", "true"]]) {
      if (inert) $("panel").setAttribute(name, value);
      else $("panel").removeAttribute(name);
    }
  }

  open() {
    $("panel").hidden = false;
    this.behind(true);
    $("panel").focus();
  }

  close() {
    $("panel").hidden = true;
    this.behind(false);
    $("panel-open").focus();
  }

  draw(lang, person) {
    this.lang = lang;
    this.person = person;
    const people = this.about.people || [];
    const current = people.find((each) => each.person === person);
    const who = document.createElement("span");
    who.textContent = ` · ${current ? current.name[lang] : person}`;
    fill($("panel-open"), this.words.demo_open, who);
    fill($("people"), ...people.map((each) => this.choice(each)));
  }

  choice(each) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(each.name[this.lang]);
    if (each.note) {
      const note = document.createElement("small");
      note.textContent = each.note[this.lang];
      button.append(note);
    }
    button.setAttribute("aria-current", String(each.person === this.person));
    button.addEventListener("click", () => {
      if (each.person !== this.person) this.ask.person(each.person);
      if (!WIDE.matches) this.close();
      else $("people").querySelector('[aria-current="true"]').focus();
    });
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  clock(jump = "") {
    $("told").textContent = this.words.clock_waiting;
    this.ask.owner({ person: OWNER, text: `/clock ${jump}`.trim() });
  }

  // Shows what the owner was answered.
  told(frame) {
    fill($("told"));
    const press = (button) => this.ask.owner({ person: OWNER, tap: button.tap });
    // The panel has the jumps already; a question to confirm is another matter.
    const rows = frame.buttons.filter((row) => !row.every((button) => JUMP.test(button.label)));
    drawRuns($("told"), rows.length < frame.buttons.length ? firstLine(frame.rich) : frame.rich);
    if (rows.length) $("told").append(drawButtons(rows, this.words, press));
    // The time is what stands in bold; another date may be an example.
    const bold = frame.rich.filter(([, strong]) => strong).map(([text]) => text);
    const found = MOMENT.exec(bold.join(" "));
    if (found === null || document.activeElement === $("moment")) return;
    const [year, month, day, hour, minute] = found.slice(1).map((each) => (each || "00").padStart(2, "0"));
    $("moment").value = `${year}-${month}-${day}T${hour}:${minute}`;
  }
}
