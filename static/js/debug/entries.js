// The list of frames: bounded, newest last, text only. Showing it can pause; reading never does.

import { Reading } from "../reading.js";
import { pretty, shortened } from "./json.js";

/** More would slow down a page left open for days. */
export const KEPT_FRAMES = 300;

const NAMES = { comment: "comment", fields: "no event", problem: "problem" };

export class Entries {
  #area;
  #list;
  #template;
  #reading;
  #waiting = [];
  #frame = 0;
  #changed;
  isPaused = false;

  /** `changed()` is called when there is more or less to show. */
  constructor(area, template, changed) {
    this.#area = area;
    this.#list = area.querySelector("ol");
    this.#template = template;
    this.#reading = new Reading(area, () => {});
    this.#changed = changed;
  }

  /** How many frames have come since it paused, as far as they are kept. */
  get waiting() {
    return this.#waiting.length;
  }

  /** Adds frames that came `atMs` after the stream was asked for. */
  add(frames, atMs) {
    this.#waiting.push(...frames.slice(-KEPT_FRAMES).map((frame) => ({ ...frame, atMs })));
    this.#waiting.splice(0, this.#waiting.length - KEPT_FRAMES);
    this.#showSoon();
  }

  togglePause() {
    this.isPaused = !this.isPaused;
    this.#showSoon();
  }

  /** Shows frames `parsed` or `raw`. */
  showAs(view) {
    this.#area.dataset.view = view;
    this.#reading.keepUp();
  }

  clear() {
    this.#waiting = [];
    this.#list.replaceChildren();
    this.#changed();
  }

  // Frames may come by the thousand: the page is brought up to date once per picture.
  #showSoon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (!this.isPaused) this.#show(this.#waiting.splice(0));
      this.#changed();
    });
  }

  #show(frames) {
    this.#list.append(...frames.map((frame) => this.#item(frame)));
    while (this.#list.children.length > KEPT_FRAMES) this.#list.firstElementChild.remove();
    this.#reading.keepUp();
  }

  #item({ kind, atMs, type, id, topic, user, note, retry, data, raw }) {
    const item = this.#template.content.firstElementChild.cloneNode(true);
    const [head, parsed, exact] = item.children;
    const [time, name, ...rest] = head.children;
    const notes = [note, retry && `retry: ${retry} ms`].filter(Boolean).join(" · ");
    const texts = [id, topic, user && `by ${user}`, notes];
    item.dataset.kind = kind;
    time.textContent = `+${(atMs / 1_000).toFixed(3)} s`;
    name.textContent = type ?? (kind === "comment" && !note ? "heartbeat" : NAMES[kind]);
    rest.forEach((element, i) => {
      element.textContent = texts[i] ?? "";
      element.hidden = !texts[i];
    });
    parsed.textContent = pretty(data ?? "");
    exact.textContent = shortened(raw);
    return item;
  }
}
