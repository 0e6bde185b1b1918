// Keeps the newest message in sight, but never takes a reader away from what they are reading.

/** This close to the end counts as reading the end: about a line and a half. */
const NEAR_END_PX = 40;

export class Reading {
  #area;
  #button;
  #following = true;
  #unread = 0;

  constructor(area, button) {
    this.#area = area;
    this.#button = button;
    area.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    button.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.#keepUp()).observe(area);
  }

  /** Call after `count` messages were added. */
  added(count) {
    if (!this.#following) this.#unread += count;
    this.#keepUp();
  }

  /** Goes to the newest message and stays with it. */
  toEnd() {
    this.#following = true;
    this.#keepUp();
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#area;
    this.#following = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    this.#render();
  }

  #keepUp() {
    if (this.#following) this.#area.scrollTop = this.#area.scrollHeight;
    this.#render();
  }

  #render() {
    if (this.#following) this.#unread = 0;
    this.#button.hidden = this.#unread === 0;
    this.#button.textContent = this.#unread === 1 ? "1 new message" : `${this.#unread} new messages`;
  }
}
