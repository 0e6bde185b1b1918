// Takes pictures of the page: one for the README, and one of every look of it, for a human to judge.
//
// usage: node screenshots.js [FOLDER]    the README's goes to docs/screenshot.png, the others to FOLDER

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Board } from "./support/board.js";
import { launch, person } from "./support/browser.js";
import { Chat } from "./support/chat.js";
import { Server } from "./support/server.js";
import { listen, publishing } from "./support/traffic.js";

const README_PICTURE = fileURLToPath(new URL("../../docs/screenshot.png", import.meta.url));
/** The port that the documentation speaks of, since the page shows it. */
const PORT = 8080;

const DESKTOP = { viewport: { width: 1200, height: 820 } };
const PHONE = { viewport: { width: 375, height: 700 }, deviceScaleFactor: 2 };
const PHONE_WIDE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 };
const SMALLEST = { viewport: { width: 320, height: 568 }, deviceScaleFactor: 2 };

const CONVERSATION = [
  ["ann", "Morning! The new build is on the test machine."],
  ["bob", "My train went through two tunnels, and I still have every message."],
  ["ann", "It asks for what it missed, from the last id it has seen."],
  ["bob", "And this works too?\ncurl http://127.0.0.1:8080/events/orders/42 -d 'paid'"],
  ["ann", "Yes. It is a room like any other."],
];

const ROOM = "orders/42";
const PEOPLE = ["ann", "bob", "carla", "dora", "eve", "farid", "grace", "hana", "ivan", "jo", "kim", "zoë"];

const LAST_WORDS = CONVERSATION.at(-1)[1];

const folder = process.argv[2] ?? (await mkdtemp(join(tmpdir(), "ssehub-")));
const server = await Server.start(PORT);
const browser = await launch();
try {
  await everyLook();
} finally {
  await browser.close();
  await server.stop();
}
console.log(`${README_PICTURE}\n${folder}`);

async function everyLook() {
  await picture("closed", DESKTOP);
  await picture("quiet", DESKTOP, { user: "ann", awaited: "It is quiet in here." });
  await picture("phone-quiet", PHONE, { user: "ann", awaited: "It is quiet in here." });
  await furnish();

  await picture("light", DESKTOP, { user: "ann", path: README_PICTURE });
  for (const [name, look] of Object.entries({ desktop: DESKTOP, phone: PHONE, "phone-390": PHONE_WIDE, smallest: SMALLEST })) {
    for (const colorScheme of ["light", "dark"]) {
      await picture(`${name}-${colorScheme}`, { ...look, colorScheme }, { user: "bob" });
      if (look !== DESKTOP) await picture(`${name}-rooms-${colorScheme}`, { ...look, colorScheme }, { user: "bob", aside: true });
    }
  }
  await picture("smallest-terminal", SMALLEST, { user: "bob", terminal: true });
  await crowded();
  await troubled();
  await dashboards();
}

// Three rooms, and people in them.
async function furnish() {
  for (const [user, text] of CONVERSATION) await server.say(user, text, ROOM);
  for (const user of PEOPLE) await server.attend(user, ROOM);
  await server.attend("dora", ROOM);
}

async function picture(name, options, { user, awaited = LAST_WORDS, aside, terminal, path } = {}) {
  const context = await person(browser, options);
  const chat = await Chat.open(context, server.origin);
  if (user) {
    await chat.connect(user);
    if (awaited === LAST_WORDS) await visitRooms(chat);
    await chat.page.getByText(awaited).waitFor();
  }
  if (aside) await chat.page.locator("#aside_button").click();
  if (terminal) await chat.page.locator("#terminal summary").click();
  await chat.page.screenshot({ path: path ?? join(folder, `${name}.png`), animations: "disabled" });
  await context.close();
}

async function visitRooms(chat) {
  await chat.goTo("stock");
  await chat.goTo(ROOM);
  await chat.reaches("live");
  await chat.sees(LAST_WORDS);
  await server.say("eve", `Twelve lamps are in. (${Math.random()})`, "stock");
  await chat.page.locator("#rooms .count:visible, #unread_elsewhere:visible").first().waitFor();
  await chat.page.locator("#people li", { hasText: "×2" }).waitFor({ state: "attached" });
}

// More rooms, longer names and more people than fit.
async function crowded() {
  for (let n = 1; n <= 57; n += 1) await server.attend(n % 9 ? `visitor ${n}` : `${n} ${"W".repeat(60)}`);
  for (const [name, look] of Object.entries({ desktop: DESKTOP, smallest: SMALLEST })) {
    const context = await person(browser, look);
    const chat = await Chat.open(context, server.origin);
    await chat.connect("W".repeat(64));
    for (let n = 1; n <= 9; n += 1) await chat.goTo(n % 3 ? `room/${n}` : `${n}/${"long-name".repeat(20)}`);
    await chat.goTo("chat");
    await chat.page.locator("#people p", { hasText: "more" }).waitFor({ state: "attached" });
    await chat.page.screenshot({ path: join(folder, `crowded-${name}.png`), animations: "disabled" });
    if (look === SMALLEST) await chat.page.locator("#aside_button").click();
    await chat.page.screenshot({ path: join(folder, `crowded-${name}-rooms.png`), animations: "disabled" });
    await context.close();
  }
}

// A reader who has scrolled up, a server that has gone, a message that did not get through.
async function troubled() {
  const context = await person(browser, { viewport: { width: 900, height: 560 } });
  const chat = await Chat.open(context, server.origin);
  await chat.connect("ann");
  await chat.goTo(ROOM);
  await chat.sees(LAST_WORDS);
  await chat.scrollUp();
  await server.say("bob", "One more thing.", ROOM);
  await chat.newer.waitFor();
  await chat.page.screenshot({ path: join(folder, "newer.png"), animations: "disabled" });
  await server.stop();
  await chat.reaches("reconnecting");
  await chat.box.fill("Are you still there?");
  await chat.button("Send").click();
  await chat.showsNotice(/Not sent/);
  await chat.page.screenshot({ path: join(folder, "troubled.png"), animations: "disabled" });
  await context.close();
}

// The dashboard: while events come, when the server has gone, and before somebody who may not look.
async function dashboards() {
  const topics = ["orders/42", "stock", "orders/7"];
  const paths = topics.flatMap((topic) => [`/events/${topic}`, `/events/${topic}?format=json`]);
  paths.push("/.well-known/mercure?topic=stock", `/events/${"long-name/".repeat(9)}?format=ndjson`, "/events/stock");
  const watched = await Server.start(null, ["--metrics", "open"]);
  const boards = [];
  for (const [name, look] of Object.entries({ desktop: DESKTOP, phone: PHONE, smallest: SMALLEST })) {
    for (const colorScheme of ["light", "dark"]) boards.push([`${name}-${colorScheme}`, await dashboard(watched, { ...look, colorScheme })]);
  }
  const stop = publishing(watched, topics, (turn) => 2 + Math.round(2 * Math.sin(turn / 40)));
  for (const path of paths) {
    await listen(watched.origin, path);
    const lines = boards.map(([, board]) => board.line("Deliveries").then(({ length }) => board.draws("Deliveries", length + 2)));
    await Promise.all(lines);
  }
  for (const [name, board] of boards) await board.picture(`dashboard-${name}`);
  await stop();
  await watched.stop();
  const [[, board]] = boards;
  await board.reaches("reconnecting");
  await board.picture("dashboard-troubled");

  const guarded = await Server.start(null, ["--metrics", "granted"]);
  const refused = await dashboard(guarded, PHONE, "closed");
  await refused.picture("dashboard-refused");
  await guarded.stop();
}

async function dashboard(server, look, state = "live") {
  const page = await (await person(browser, look)).newPage();
  const board = new Board(page);
  board.picture = (name) => page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, animations: "disabled" });
  await page.goto(`${server.origin}/dashboard`);
  await board.reaches(state);
  return board;
}
