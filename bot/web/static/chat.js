// The web chat's page: joins the line, the conversation and, in the demo, the panel.

import { Panel } from "/static/demo.js";
import { Line } from "/static/line.js";
import { fill, keep, recall, Talk, View } from "/static/talk.js";

const TRIES_MAX = 5;
const FILE_BYTES_MAX = 20 * 1024 * 1024;
const FILE_FAULTS = { 403: "file_refused", 413: "file_too_big" };
const SILENCE_MS_MAX = 30000;
const RETRY_MS_MAX = 30000;
const PERSON = /^[A-Za-z0-9_-]{1,32}$/;
const START = /^[A-Za-z0-9_-]{1,64}$/;
const BESIDE = "clock-"; // ids of what the panel says and is answered

const $ = (id) => document.getElementById(id);

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A Chinese title breaks between words, where the browser knows them.
function drawTitle(parent, title, lang) {
  parent.textContent = "";
  const known = window.Intl && Intl.Segmenter && lang.startsWith("zh");
  const words = known ? [...new Intl.Segmenter(lang, { granularity: "word" }).segment(title)] : [{ segment: title }];
  for (const word of words) parent.append(word.segment, document.createElement("wbr"));
}

class Chat {
  constructor(about) {
    this.about = about;
    this.state = "connecting";
    this.beside = new Map();
    this.lang = this.firstLanguage();
    this.person = this.firstPerson();
    this.talk = new Talk(this.person);
    this.view = new View($("log"), {
      press: (button, entry) => this.press(button, entry),
      file: (file) => this.upload(file),
      again: (entry) => this.again(entry),
      below: (count) => this.countBelow(count),
    });
    this.unread = 0; // what came while another page was in front
    this.line = new Line(() => this.address(), {
      frame: (frame) => this.hear(frame),
      up: () => this.up(),
      down: () => this.say("lost"),
      refused: () => this.refused(),
    });
    this.panel = about.demo
      ? new Panel(about, {
          person: (person) => this.become(person),
          owner: (frame) => this.sendBeside(frame),
        })
      : null;
  }

  get words() {
    return this.about.words[this.lang];
  }

  firstLanguage() {
    const kept = recall(localStorage, "shuxiang.lang");
    if (kept in this.about.words) return kept;
    const chinese = (navigator.languages || [navigator.language]).some((each) => /^zh/i.test(each));
    return chinese ? "zh_CN" : "en";
  }

  firstPerson() {
    if (!this.about.demo) return "me"; // the cookie tells who; the page need not know
    const asked = new URLSearchParams(location.search).get("person");
    const person = asked === null ? recall(sessionStorage, "shuxiang.person") : asked;
    if (!PERSON.test(person || "")) return "visitor";
    keep(sessionStorage, "shuxiang.person", person);
    return person;
  }

  address() {
    const address = new URL("/chat/ws", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.searchParams.set("after", this.talk.last);
    address.searchParams.set("mark", "1");
    if (this.about.demo) address.searchParams.set("person", this.person);
    return address.href;
  }

  start() {
    this.wire();
    this.resize(recall(localStorage, "shuxiang.size") || "normal");
    this.translate();
    this.line.open();
  }

  wire() {
    for (const button of document.querySelectorAll("[data-lang]")) {
      button.addEventListener("click", () => {
        this.lang = button.dataset.lang;
        keep(localStorage, "shuxiang.lang", this.lang);
        this.translate();
      });
    }
    for (const button of document.querySelectorAll("button[data-size]")) {
      button.addEventListener("click", () => this.resize(button.dataset.size));
    }
    const text = $("text");
    $("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.write();
    });
    $("menu").addEventListener("click", () => this.add({ text: "/menu" }, this.words.menu));
    $("below").addEventListener("click", () => {
      this.view.jump();
      $("log").focus({ preventScroll: true });
    });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return;
      this.unread = 0;
      this.entitle();
    });
    text.addEventListener("input", () => this.grow());
    text.addEventListener("keydown", (event) => {
      // While Chinese is being composed, Enter chooses signs and sends nothing.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.write();
    });
  }

  // What came while somebody read further up, or another page, is told: below the talk, in the title.
  countBelow(count) {
    $("below").hidden = !count;
    if (count) $("below").textContent = this.words.below.replace("#", count);
  }

  entitle() {
    const count = this.unread ? `(${this.unread}) ` : "";
    document.title = count + this.about.name[this.lang];
  }

  noteUnread() {
    if (document.hidden) this.unread += 1;
    this.entitle();
  }

  grow() {
    const text = $("text");
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight + 3}px`;
  }

  resize(size) {
    document.documentElement.dataset.size = size;
    keep(localStorage, "shuxiang.size", size);
    for (const button of document.querySelectorAll("button[data-size]")) {
      button.setAttribute("aria-pressed", String(button.dataset.size === size));
    }
    this.grow();
    $("log").scrollTop = $("log").scrollHeight;
  }

  translate() {
    document.documentElement.lang = this.lang.replace("_", "-");
    this.entitle();
    drawTitle($("name"), this.about.name[this.lang], document.documentElement.lang);
    $("theme").textContent = this.about.theme[this.lang];
    for (const each of document.querySelectorAll("[data-word]")) {
      each.textContent = this.words[each.dataset.word];
    }
    for (const each of document.querySelectorAll("[data-label]")) {
      each.setAttribute("aria-label", this.words[each.dataset.label]);
    }
    for (const each of document.querySelectorAll("[data-hint]")) {
      each.placeholder = this.words[each.dataset.hint];
    }
    for (const each of document.querySelectorAll("[data-lang]")) {
      each.setAttribute("aria-pressed", String(each.dataset.lang === this.lang));
    }
    this.say(this.state);
    this.view.words = this.words;
    this.view.show(this.talk.entries);
    if (this.panel) this.panel.draw(this.lang, this.person);
    if (this.panel && this.line.up) this.panel.clock();
  }

  say(state) {
    this.state = state;
    $("state").dataset.state = state;
    $("state").textContent = this.words[state];
    if (state === "connected") document.body.dataset.ready = "yes";
    else delete document.body.dataset.ready;
  }

  // Changes the person of the demo; each has a conversation of their own.
  become(person) {
    this.person = person;
    keep(sessionStorage, "shuxiang.person", person);
    history.replaceState(null, "", `?${new URLSearchParams({ person })}`);
    this.talk = new Talk(person);
    this.view.show(this.talk.entries);
    this.panel.draw(this.lang, person);
    this.say("connecting");
    this.line.open();
  }

  // Everything missed is here: what is unanswered goes out again, and a newcomer is greeted.
  up() {
    this.say("connected");
    keep(sessionStorage, "shuxiang.reloaded", false);
    for (const entry of this.talk.unanswered()) this.post(entry);
    for (const frame of this.beside.values()) this.line.send(frame);
    const start = new URLSearchParams(location.search).get("start") || "";
    if (START.test(start)) {
      history.replaceState(null, "", location.pathname);
      this.add({ text: `/start ${start}` }, "", true);
    } else if (!this.talk.entries.length) this.add({ text: "/start" }, "", true);
    if (this.panel && !this.beside.size) this.panel.clock();
  }

  // The cookie is missing or not ours: loading the page again brings one, unless cookies are off.
  refused() {
    this.say("refused");
    if (recall(sessionStorage, "shuxiang.reloaded")) return;
    keep(sessionStorage, "shuxiang.reloaded", true);
    this.talk.forget(); // whoever comes with the new cookie is somebody else
    if (recall(sessionStorage, "shuxiang.reloaded")) location.reload();
  }

  write() {
    const text = $("text").value.trim();
    if (!text) return;
    $("text").value = "";
    this.grow();
    this.add({ text }, text);
  }

  press(button, entry) {
    this.add({ tap: button.tap, label: button.label }, button.label, false, entry.id);
  }

  // Posts a file, then tells the bot of it; what goes wrong before that is said beside its name.
  async upload(file) {
    const entry = { from: "me", own: newId(), words: file.name, frame: null, state: "sending", tries: 0 };
    const { talk } = this;
    const asked = new URLSearchParams({ name: file.name });
    if (this.about.demo) asked.set("person", this.person);
    this.view.add(entry);
    let ref = "";
    let status = file.size > FILE_BYTES_MAX ? 413 : 0;
    try {
      const type = { "content-type": "application/octet-stream" };
      const sent = status ? null : await fetch(`/chat/upload?${asked}`, { method: "POST", headers: type, body: file });
      if (sent) status = sent.status;
      if (sent && sent.ok) ref = (await sent.json()).ref;
    } catch (fault) {
      // the network is away: it can be chosen again
    }
    if (talk !== this.talk) return;
    if (!ref) {
      entry.words += ` (${this.words[FILE_FAULTS[status] || "file_failed"]})`;
      entry.state = "done";
      this.view.show([...this.talk.entries, entry]);
      return;
    }
    entry.frame = { file: ref, name: file.name, size: file.size };
    this.talk.entries.push(entry);
    this.post(entry);
  }

  add(frame, words, quiet = false, pressed = 0) {
    const own = newId();
    const entry = { from: "me", own, words, frame, state: "sending", tries: 0, quiet, pressed };
    this.talk.entries.push(entry);
    this.view.add(entry);
    this.post(entry);
  }

  post(entry) {
    const person = this.about.demo ? { person: this.person } : {};
    const sent = this.line.send(Object.assign(person, entry.frame, { id: entry.own, lang: this.lang }));
    entry.state = sent ? "sending" : "waiting";
    if (!sent) entry.told = "";
    this.talk.save();
    this.view.update(entry);
    if (!sent) return;
    const { talk } = this;
    setTimeout(() => {
      if (talk === this.talk && entry.state === "sending") this.line.renew();
    }, SILENCE_MS_MAX);
  }

  again(entry) {
    entry.tries = 0;
    this.post(entry);
  }

  sendBeside(frame) {
    const id = BESIDE + newId();
    const whole = Object.assign({}, frame, { id, lang: this.lang });
    this.beside.clear(); // the clock answers the last wish
    this.beside.set(id, whole);
    this.line.send(whole);
  }

  hear(frame) {
    if (frame.reply_to && frame.reply_to.startsWith(BESIDE)) {
      this.beside.delete(frame.reply_to);
      if (!frame.silent && this.panel) this.panel.told(frame);
      return;
    }
    if (this.about.demo && frame.person !== this.person) return;
    const own = this.talk.own(frame.reply_to);
    if (frame.retry) {
      if (own && own.state !== "done") this.retry(own, frame.text);
      return;
    }
    if (own) this.answered(own, frame);
    if (frame.silent || this.talk.has(frame.id)) return;
    if (!own && frame.said && !frame.said.startsWith("/start")) this.overheard(frame);
    this.take(frame);
  }

  retry(entry, told) {
    entry.tries += 1;
    entry.told = told;
    entry.state = entry.tries > TRIES_MAX ? "failed" : "waiting";
    this.talk.save();
    this.view.update(entry);
    if (entry.state === "failed") return;
    const { talk } = this;
    const wait = Math.min(1000 * 2 ** entry.tries, RETRY_MS_MAX);
    setTimeout(() => {
      if (talk === this.talk && entry.state === "waiting") this.post(entry);
    }, wait);
  }

  answered(own, frame) {
    own.state = "done";
    this.view.update(own);
    const pressed = this.talk.entries.find((each) => each.from === "bot" && each.id === own.pressed);
    if (!frame.replaces || !pressed) return;
    pressed.buttons = []; // this step of a dialogue is done
    this.view.update(pressed);
  }

  // Another page of the same person said something.
  overheard(frame) {
    const entry = { from: "me", own: frame.reply_to, words: frame.said, state: "done" };
    this.talk.entries.push(entry);
    this.view.add(entry);
  }

  take(frame) {
    const { id, before, live } = frame;
    if (before) this.tell(Object.assign({}, before, { id: `${id}:before` }));
    const shown = live && this.talk.entries.find((each) => each.from === "bot" && each.live === live);
    this.talk.last = Math.max(this.talk.last, id);
    if (shown) {
      const { rich, buttons } = frame;
      Object.assign(shown, { id, rich, buttons });
      this.talk.save();
      this.view.redraw(shown);
    } else this.tell(frame);
  }

  tell(frame) {
    const { id, rich, buttons, picture, picture_alt: alt, picture_sides: sides } = frame;
    const { document: file, files, live } = frame;
    const entry = { from: "bot", id, rich, buttons, picture, alt, sides, document: file, files, live };
    this.talk.entries.push(entry);
    this.talk.save();
    this.view.add(entry);
    this.noteUnread();
  }
}

async function load() {
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try {
      const answer = await fetch("/chat/about.json");
      if (answer.ok) return await answer.json();
    } catch (fault) {
      // the server is starting, or the network is away
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

load().then((about) => new Chat(about).start());
