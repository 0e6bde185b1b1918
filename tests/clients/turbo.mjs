// A page of another origin in Chromium, with Turbo's stream sources: one element, which brings no cookie, and one
// connection with credentials. Prints the page's origin; then reads the hub's URL and a token, opens the page, and
// prints what it shows whenever that changes, until there is another line.

import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const TURBO = fileURLToPath(new URL("node_modules/@hotwired/turbo/dist/turbo.es2017-esm.js", import.meta.url));

const page = (hub) => `<!doctype html>
<title>Turbo</title>
<link rel="icon" href="data:,">
<div id="updates"></div>
<turbo-stream-source src="${hub}?topic=news&lastEventID=earliest"></turbo-stream-source>
<script type="module">
  import { connectStreamSource } from "/turbo.js";
  const updates = document.getElementById("updates");
  new MutationObserver(() => shows(updates.textContent)).observe(updates, { childList: true });
  connectStreamSource(new EventSource("${hub}?topic=orders/{id}&topic=staff&lastEventID=earliest", { withCredentials: true }));
</script>`;

let hub;
const server = createServer((request, response) => {
  if (request.url === "/turbo.js") {
    response.setHeader("content-type", "text/javascript");
    createReadStream(TURBO).pipe(response);
  } else {
    response.setHeader("content-type", "text/html");
    response.end(page(hub));
  }
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));

const lines = createInterface({ input: process.stdin });
lines.once("line", async (line) => {
  const [url, token] = line.split(" ");
  hub = url;
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? "/usr/bin/chromium",
    headless: true,
    args: ARGS,
  });
  lines.once("line", async () => {
    await browser.close();
    process.exit();
  });
  const context = await browser.newContext();
  await context.addCookies([
    { name: "mercureAuthorization", value: token, domain: "127.0.0.1", path: "/.well-known/mercure", httpOnly: true },
  ]);
  const tab = await context.newPage();
  tab.on("console", (message) => console.error(message.text()));
  await tab.exposeFunction("shows", (text) => console.log(text));
  await tab.goto(`http://127.0.0.1:${server.address().port}/`);
});
