// What one sees on the dashboard.

export class Board {
  constructor(page) {
    this.page = page;
    this.credential = page.locator("#credential_form");
  }

  card(name) {
    return this.page.locator(`figure[data-card="${name}"]`);
  }

  /** The card's figure, as it is shown. */
  now(name) {
    return this.card(name).locator(".now").textContent();
  }

  /** The card's first line, as points. */
  async line(name) {
    const d = await this.card(name).locator(".line").first().getAttribute("d");
    return (d ?? "").split(/[ML]/).filter(Boolean).map((point) => point.split(" ").map(Number));
  }

  /** Waits until the card's first line has so many points. */
  async draws(name, points) {
    const selector = `figure[data-card="${name}"] .line`;
    const isDrawn = ([selector, points]) => document.querySelector(selector).getAttribute("d")?.split(/[ML]/).length > points;
    await this.page.waitForFunction(isDrawn, [selector, points]);
  }

  async reaches(state) {
    await this.page.locator(`body[data-state="${state}"]`).waitFor();
  }

  /** Waits until a card's figure matches. */
  async shows(name, pattern) {
    await this.card(name).locator(".now").filter({ hasText: pattern }).waitFor();
  }

  /** The rows of a table, as texts. */
  rows(id) {
    return this.page.locator(`#${id} tbody tr`).evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
  }
}
