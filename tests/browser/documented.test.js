// What the documentation's pages show for browsers: it runs as it stands there.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { launch, person } from "./support/browser.js";
import { Server } from "./support/server.js";

const ROUNDS = 100;
const PAUSE_MS = 100;

let browser, context, hub, web, html;

before(async () => (browser = await launch()));
after(() => browser.close());

beforeEach(async () => {
  web = createServer((_, response) => response.setHeader("Content-Type", "text/html").end(html)).listen(0, "127.0.0.1");
  await once(web, "listening");
  hub = await Server.start(undefined, ["--cors-origin", origin()]);
  context = await person(browser);
});

afterEach(async () => {
  await context.close();
  web.closeAllConnections();
  web.close();
  await hub.stop();
});

const origin = () => `http://127.0.0.1:${web.address().port}`;

/** The first block of a kind below a heading, for our hub. */
async function block(page, heading, kind) {
  const text = await readFile(new URL(`../../docs/${page}.md`, import.meta.url), "utf8");
  const [, below] = text.split(`\n## ${heading}\n`);
  const [, code] = below.split(`\n\`\`\`${kind}\n`);
  return code.split("\n```")[0].replaceAll("http://localhost:8080", hub.origin);
}

test("the page of one's own shows how things stand, and each change", async () => {
  html = await block("getting-started", "3. A page", "html");
  await hub.publish("lamps", "12 left");
  await hub.publish("lamps", "11 left");
  const page = await context.newPage();
  await page.goto(origin());
  await page.getByText("11 left").waitFor();
  await hub.publish("lamps", "10 left");
  await page.getByText("10 left").waitFor();
});

for (const [heading, expected] of [
  ["EventSource", "paid"],
  ["HubSource", "orders/42 undefined paid"],
]) {
  test(`the ${heading} that is shown hears`, async () => {
    const code = await block("browser", heading, "js");
    html = `<!doctype html><script type="module">${code.replaceAll('"/', `"${hub.origin}/`)}</script>`;
    const page = await context.newPage();
    const said = [];
    page.on("console", (message) => said.push(message.text()));
    await page.goto(origin());
    const hears = () => said.some((text) => text.includes(expected));
    // A stream may begin after the first event, so that there is another one.
    for (let round = 0; round < ROUNDS && !hears(); round++) {
      await hub.publish("orders/42", "paid");
      await page.waitForTimeout(PAUSE_MS);
    }
    assert.ok(hears(), said.join("\n"));
  });
}
