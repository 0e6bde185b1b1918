// Reading an event stream as the hub writes it, wherever the pieces are cut.

import assert from "node:assert/strict";

import { test } from "./support/world.js";

const envelope = (data, fields = {}) => JSON.stringify({ id: `#${data}`, topic: "chat", data, ...fields });

/** Streams, and the data of the events in them. */
const CASES = {
  "an event": [`data: ${envelope("a")}\n\n`, ["a"]],
  "no space after the colon": [`data:${envelope("a")}\n\n`, ["a"]],
  "two events": [`data: ${envelope("a")}\n\ndata: ${envelope("b")}\n\n`, ["a", "b"]],
  CRLF: [`data: ${envelope("a")}\r\n\r\ndata: ${envelope("b")}\r\n\r\n`, ["a", "b"]],
  "a byte order mark": [`\uFEFFdata: ${envelope("a")}\n\n`, ["a"]],
  "characters of several bytes": [`data: ${envelope("ä€😀")}\n\n`, ["ä€😀"]],
  "line separators that end no line": [`data: ${envelope("a\u2028b\u0085c")}\n\n`, ["a\u2028b\u0085c"]],
  "colons in the data": [`data: ${envelope("a: b:c")}\n\n`, ["a: b:c"]],
  "comments, between and within": [`:\n: hello\ndata: ${envelope("a")}\n:\n\n:\n`, ["a"]],
  "blank lines": [`\n\n\ndata: ${envelope("a")}\n\n\n\n`, ["a"]],
  "unknown fields, and fields without a colon": [
    `nonsense: 1\nnonsense\n__proto__: x\ndata: ${envelope("a")}\nconstructor: y\nretry\n\n`,
    ["a"],
  ],
  "an id and no data": [`id: 7\n\ndata: ${envelope("a")}\n\n`, ["a"]],
  "names are case-sensitive": [`Data: ${envelope("x")}\nDATA: y\n\ndata: ${envelope("a")}\n\n`, ["a"]],
  "a line that is not finished": [`data: ${envelope("a")}\n\ndata: ${envelope("b")}`, ["a"]],
};

for (const [what, [text, expected]] of Object.entries(CASES)) {
  for (const pieceBytes of [1, 2, 3, 7, Infinity]) {
    test(`${what}, ${pieceBytes} bytes at a time`, async (world) => {
      world.network.filter = (text) => (text.startsWith(":\nretry") ? "" : text);
      world.network.pieceBytes = pieceBytes;
      const tab = world.open(["chat"], { share: false });
      await world.until(() => world.hub.streams.size === 1);
      world.stream.write(text);
      await world.settle(400);
      assert.deepEqual(tab.data, expected);
    });
  }
}

test("an envelope becomes an event with its type, topic, user and time", async (world) => {
  const tab = await world.opened(["chat"]);
  const paid = new Promise((resolve) => tab.source.addEventListener("paid", resolve));
  world.hub.publish("chat", "42", { id: "order-42", type: "paid", user: "ann" });
  const { type, data, lastEventId, topic, user, time } = await paid;
  assert.deepEqual(
    { type, data, lastEventId, topic, user },
    { type: "paid", data: "42", lastEventId: "order-42", topic: "chat", user: "ann" },
  );
  assert.equal(typeof time, "number");
  assert.equal(tab.source.lastEventId, "order-42");
  assert.deepEqual(tab.data, []);
});

test("an envelope without data has empty data, and without a type is a message", async (world) => {
  const tab = await world.opened(["chat"]);
  world.hub.publish("chat", undefined);
  await world.settle();
  assert.deepEqual(
    tab.events.map(({ type, data }) => [type, data]),
    [["message", ""]],
  );
  assert.ok(tab.events[0] instanceof MessageEvent);
});
