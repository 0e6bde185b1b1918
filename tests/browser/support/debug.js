// What one does on the debug page, and what one sees.

const FIELDS = "select, input, textarea";

export class Debug {
  constructor(page) {
    this.page = page;
    this.entries = page.locator("#subscribe_frames li");
    this.events = page.locator("#subscribe_frames [data-kind=event]");
  }

  /** Fills in the fields of a form by their ids. */
  async fill(form, fields) {
    for (const [name, value] of Object.entries(fields)) {
      const field = this.page.locator(`#${form}_${name}`).and(this.page.locator(FIELDS));
      if (typeof value === "boolean") await field.setChecked(value);
      else if ((await field.evaluate((element) => element.localName)) === "select") await field.selectOption(value);
      else await field.fill(value);
    }
  }

  async subscribe(fields) {
    await this.fill("subscribe", fields);
    await this.page.locator("#subscribe_begin").click();
  }

  async reaches(state) {
    await this.page.locator(`body[data-state="${state}"]`).waitFor();
  }

  /** Publishes, and returns what is said of the answer. */
  async publish(fields) {
    await this.fill("publish", fields);
    await this.page.locator("#publish_send").click();
    const notice = this.page.locator("#publish_notice").filter({ hasText: /^\d{3} / });
    await notice.waitFor();
    return notice.textContent();
  }

  /** Waits until an event with this text is shown, as it is shown. */
  async sees(text) {
    await this.page.waitForFunction(
      (text) => [...document.querySelectorAll("#subscribe_frames .parsed")].some((pre) => pre.textContent === text),
      text,
    );
  }

  shown() {
    return this.events.locator(".parsed").allTextContents();
  }

  text(id) {
    return this.page.locator(`#${id}`).textContent();
  }
}
