// Keeps the newest message in sight, but never takes a reader away from what they are reading.

/** This close to the end counts as reading the end: about a line and a half. */
const NEAR_END_PX = 40;

export class Reading {
  #area;
  #following = true;
  #moved;

  /** `moved()` is called when the reader comes to the end or leaves it. */
  constructor(area, moved) {
    this.#area = area;
    this.#moved = moved;
    area.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.keepUp()).observe(area);
  }

  /** Whether the reader is at the end. */
  get following() {
    return this.#following;
  }

  /** Goes to the newest message and stays with it. */
  toEnd() {
    this.#follow(true);
    this.keepUp();
  }

  /** Call after messages were added. */
  keepUp() {
    if (this.#following) this.#area.scrollTop = this.#area.scrollHeight;
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#area;
    this.#follow(scrollHeight - scrollTop - clientHeight < NEAR_END_PX);
  }

  #follow(following) {
    if (this.#following === following) return;
    this.#following = following;
    this.#moved();
  }
}
