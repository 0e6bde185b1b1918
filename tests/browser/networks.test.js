// The chat through networks that do to streams what they should not.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";

import { Chat } from "./support/chat.js";
import { Proxy } from "./support/proxy.js";
import { stage } from "./support/stage.js";

const here = stage();

/** Bob in the room, behind a proxy that is set up like this; then all that he has to see, in order. */
async function behind(setting, action) {
  const proxy = Object.assign(await Proxy.start(here.server.origin), setting);
  try {
    const bob = await Chat.open(await here.person(), proxy.origin);
    await bob.connect("bob");
    await action(bob, proxy);
    await bob.page.context().close();
  } finally {
    await proxy.stop();
  }
}

/** Resolves when the page's stream has been cut, before it can ask again. */
async function isCut(proxy) {
  const stream = () => [...proxy.open].find(({ accept }) => accept === "text/event-stream");
  while (!stream()) await setTimeout(20);
  await once(stream().answer, "close");
}

test("a proxy that cuts every answer after 5 s: nothing is lost, and the page goes on streaming", async () => {
  await behind({ cutMs: 5_000 }, async (bob, proxy) => {
    const said = ["first", "second", "third", "fourth", "fifth"];
    await here.server.say("ann", said[0]);
    await bob.sees(said[0]);
    for (const text of said.slice(1, 4)) {
      await isCut(proxy);
      await here.server.say("ann", text);
    }
    await bob.sees(said[3]);
    await here.server.say("ann", said[4]);
    await bob.sees(said[4]);
    await bob.showsNotice("Connected as bob · streaming");
    assert.deepEqual(await bob.texts(), said);
  });
});

test("a proxy that swallows heartbeats: messages come at once", async () => {
  await behind({ swallows: true }, async (bob) => {
    for (const text of ["one", "two", "three"]) {
      await here.server.say("ann", text);
      await bob.sees(text);
    }
    await bob.showsNotice("Connected as bob · streaming");
  });
});
