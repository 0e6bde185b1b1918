// Takes pictures of the page: one for the README, and one of every look of it, for a human to judge.
//
// usage: node screenshots.js [FOLDER]    the README's goes to docs/screenshot.png, the others to FOLDER

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { launch, person } from "./support/browser.js";
import { Chat } from "./support/chat.js";
import { Server } from "./support/server.js";

const README_PICTURE = fileURLToPath(new URL("../../docs/screenshot.png", import.meta.url));
/** The port that the documentation speaks of, since the page shows it. */
const PORT = 8080;

const DESKTOP = { viewport: { width: 1200, height: 800 } };
const PHONE = { viewport: { width: 375, height: 700 }, deviceScaleFactor: 2 };
const SMALLEST = { viewport: { width: 320, height: 568 }, deviceScaleFactor: 2 };

const CONVERSATION = [
  ["ann", "Morning! The new build is on the test machine."],
  ["ann", "I left the stream open all night: not one reconnect."],
  ["bob", "My train went through two tunnels, and I still have every message."],
  ["ann", "It asks for what it missed, from the last id it has seen."],
  ["bob", "And this works too?\ncurl -N 'http://127.0.0.1:8080/sse?user=bob'"],
  ["ann", "Yes. The same stream, as text."],
];

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
  await picture("quiet", DESKTOP, "ann", "It is quiet in here.");
  await picture("phone-quiet", PHONE, "ann", "It is quiet in here.");
  for (const [user, text] of CONVERSATION) await server.say(user, text);

  await picture("light", DESKTOP, "ann", LAST_WORDS, README_PICTURE);
  await picture("light", DESKTOP, "ann");
  await picture("dark", { ...DESKTOP, colorScheme: "dark" }, "ann");
  await picture("phone", PHONE, "bob");
  await picture("phone-dark", { ...PHONE, colorScheme: "dark" }, "bob");
  await picture("smallest", SMALLEST, "bob");
  await troubled();
}

async function picture(name, options, user, awaited = LAST_WORDS, path = join(folder, `${name}.png`)) {
  const context = await person(browser, options);
  const chat = await Chat.open(context, server.origin);
  if (user) {
    await chat.connect(user);
    await chat.page.getByText(awaited).waitFor();
  }
  await chat.page.screenshot({ path, animations: "disabled" });
  await context.close();
}

// A reader who has scrolled up, a server that has gone, a message that did not get through.
async function troubled() {
  const context = await person(browser, { viewport: { width: 900, height: 560 } });
  const chat = await Chat.open(context, server.origin);
  await chat.connect("ann");
  await chat.sees(LAST_WORDS);
  await chat.scrollUp();
  await server.say("bob", "One more thing.");
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
