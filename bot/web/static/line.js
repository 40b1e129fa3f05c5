// The line to the bot: a WebSocket that comes back by itself and says what it missed.

const WAIT_MS_MIN = 500;
const WAIT_MS_MAX = 8000;
const CODE_UNKNOWN = 4401;

export class Line {
  // `address()` is asked at each attempt, since what was missed grows meanwhile.
  // Calls on.frame(frame), on.up(), on.down() and on.refused().
  constructor(address, on) {
    this.address = address;
    this.on = on;
    this.socket = null;
    this.up = false;
    this.failures = 0;
    this.timer = 0;
    addEventListener("pageshow", () => this.nudge());
    addEventListener("online", () => this.refresh());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.nudge();
    });
  }

  open() {
    this.drop();
    const socket = new WebSocket(this.address());
    this.socket = socket;
    socket.onmessage = (event) => {
      if (socket === this.socket) this.receive(JSON.parse(event.data));
    };
    socket.onclose = (event) => {
      if (socket === this.socket) this.lost(event.code);
    };
  }

  // Leaves the socket; nothing it still says is heard.
  drop() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.up = false;
    const socket = this.socket;
    this.socket = null;
    if (socket) socket.close();
  }

  receive(frame) {
    if (!frame.caught_up) {
      this.on.frame(frame);
      return;
    }
    this.up = true;
    this.failures = 0;
    this.on.up();
  }

  lost(code) {
    this.drop();
    if (code === CODE_UNKNOWN) {
      this.on.refused();
      return;
    }
    const wait = Math.min(WAIT_MS_MIN * 2 ** this.failures, WAIT_MS_MAX);
    this.failures += 1;
    // Not all pages of a city at the same moment.
    this.timer = setTimeout(() => this.open(), wait * (0.75 + Math.random() / 4));
    this.on.down();
  }

  // Tries at once when it was waiting to try again.
  nudge() {
    if (this.timer) this.open();
  }

  // A socket from before the network was away may look alive and carry nothing.
  refresh() {
    if (this.socket || this.timer) this.open();
  }

  // Gives up a socket that has fallen silent.
  renew() {
    if (!this.up) return;
    this.lost(0);
  }

  // Says whether the frame has left.
  send(frame) {
    if (!this.up || this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }
}
