// What a person does on the chat page, and what they see.

export class Chat {
  /** What went wrong on the page: uncaught errors, console errors, violations of the content security policy. */
  complaints = [];

  constructor(page, origin) {
    this.page = page;
    this.origin = origin;
    this.name = page.locator("#user_name");
    this.box = page.locator("#input_message");
    this.notice = page.locator("#sample_message");
    this.items = page.locator("#received_text_area > li");
    this.newer = page.locator("#newer_button");
    page.on("dialog", (dialog) => this.complaints.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (line) => line.type() === "error" && this.complaints.push(line.text()));
  }

  static async open(context, origin, path = "/") {
    const chat = new Chat(await context.newPage(), origin);
    await chat.page.goto(origin + path);
    return chat;
  }

  button(text) {
    return this.page.getByRole("button", { name: text, exact: true });
  }

  async connect(name) {
    if (name) await this.name.fill(name);
    await this.button("Connect").click();
    await this.reaches("live");
  }

  async close() {
    await this.button("Close").click();
    await this.reaches("closed");
  }

  /** Sends by the button, and waits for the server's answer. */
  async send(text) {
    await this.box.fill(text);
    await this.answered(() => this.button("Send").click());
  }

  /** Does something that sends a message, and waits for the server's answer. */
  async answered(action) {
    const answer = this.page.waitForResponse((response) => new URL(response.url()).pathname === "/sse/message");
    await action();
    await answer;
  }

  /** Goes to another room by the field, as one does on any screen. */
  async goTo(room) {
    const opener = this.page.locator("#aside_button");
    const field = this.page.locator("#room_name");
    if (!(await field.isVisible())) await opener.click();
    await field.fill(room);
    await field.press("Enter");
    await this.isIn(room);
  }

  async isIn(room) {
    await this.page.locator("#room_title").getByText(room, { exact: true }).waitFor();
  }

  async reaches(state) {
    await this.page.locator(`body[data-state="${state}"]`).waitFor();
  }

  /** Waits until a message with exactly this text is shown. */
  async sees(text) {
    await this.page.waitForFunction(
      (wanted) => [...document.querySelectorAll("#received_text_area .text")].some((e) => e.textContent === wanted),
      text,
    );
  }

  texts() {
    return this.page.locator("#received_text_area .text").allTextContents();
  }

  /** The list item that shows this text. */
  item(text) {
    return this.items.filter({ has: this.page.getByText(text, { exact: true }) });
  }

  async showsNotice(pattern) {
    await this.notice.filter({ hasText: pattern }).waitFor();
  }

  /** Scrolls to the oldest message, and waits until the page has noticed. */
  async scrollUp() {
    await this.page.locator("#reading_area").evaluate(async (area) => {
      const scrolled = new Promise((resolve) => area.addEventListener("scroll", resolve, { once: true }));
      area.scrollTop = 0;
      await scrolled;
    });
  }
}
