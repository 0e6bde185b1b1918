// The debug page's token: what it says, what it grants, and that it goes nowhere but into the head of a request.

import assert from "node:assert/strict";
import { test } from "node:test";

import { stage } from "./support/stage.js";

const here = stage(["--debug-page", "yes"]);
const open = async () => (await here.open({ path: "/debug" })).page;

const NOW_S = 1_800_000_000;
const base64url = (text) => Buffer.from(text).toString("base64url");
const token = (claims, header = { alg: "HS256" }, signature = "c2ln") => {
  const text = (value) => (typeof value === "string" || Buffer.isBuffer(value) ? value : JSON.stringify(value));
  return `${base64url(text(header))}.${base64url(text(claims))}.${signature}`;
};
const detail = (fields) => ({ exp: NOW_S + 60, authorization_details: [{ type: "https://mercure.rocks/authorization-detail", ...fields }] });
const mercure = { publish: ["*"], subscribe: ["orders/{id}"] };

/** What is pasted, and what the decoder says: a problem, or its times, grants and remarks. */
const TABLE = [
  ["hello", "A token has three parts with dots between them; this has 1."],
  ["a.b", "A token has three parts with dots between them; this has 2."],
  ["a.b.c.d.e", "This token is encrypted: it has five parts (JWE), and cannot be read without its key."],
  ["ssehub_7cdtZ0Tq", "This is an API key and no token: there is nothing in it to read."],
  ["a b.c.d", "This has characters that no token has, such as spaces or line breaks."],
  ["ä.b.c", "This has characters that no token has, such as spaces or line breaks."],
  ["..", "The token's header is not a JSON object in base64url."],
  ["a+/=.e30.x", "The token's header is not a JSON object in base64url."],
  ["abcde.e30.x", "The token's header is not a JSON object in base64url."],
  [token("{}", "nonsense"), "The token's header is not a JSON object in base64url."],
  [token("[1]"), "The token's payload is not a JSON object in base64url."],
  [token("null"), "The token's payload is not a JSON object in base64url."],
  [token(Buffer.from([0xff, 0xfe])), "The token's payload is not a JSON object in base64url."],
  [token("[".repeat(100_000)), "The token's payload is not a JSON object in base64url."],
  [token({ mercure }), ["publish 07: *", "subscribe 07: orders/{id}", "It never expires: there is no exp."]],
  [token({ exp: NOW_S - 200, "https://mercure.rocks/": mercure }), ["exp: expired 3 min ago!", "publish 07: *", "subscribe 07: orders/{id}"]],
  [token({ exp: NOW_S + 7_300, nbf: NOW_S + 5, iat: NOW_S - 86_400, mercure: {publish: []} }),
    ["exp: expires in 2 h", "nbf: not valid yet, in 5 s!", "iat: issued 1 d ago", "publish 07: "]],
  [token({ exp: NOW_S, mercure }), ["exp: expired 0 s ago!", "publish 07: *", "subscribe 07: orders/{id}"]],
  [token({ exp: "soon", nbf: 1e300, mercure: "all" }),
    ["exp: is no number, and so not valid!", "nbf: is too far away to be a date!", NOTHING()]],
  [token({ exp: NOW_S + 1, mercure: { publish: "*", subscribe: [1] } }),
    ["exp: expires in 1 s", "mercure.publish is no list of texts.", "mercure.subscribe is no list of texts.", NOTHING()]],
  [token(detail({ actions: ["subscribe", "fly"], topics: [{ match: "a" }, { match: "/b/*", match_type: "urlpattern" }] })),
    ["exp: expires in 1 min", "subscribe 08: a,/b/* (urlpattern)"]],
  [token(detail({ actions: [], topics: [{ match: "a" }] })), ["exp: expires in 1 min", "authorization_details[0] lacks actions or topics as they should be.", NOTHING()]],
  [token(detail({ actions: ["publish"], topics: ["a"] })), ["exp: expires in 1 min", "authorization_details[0] lacks actions or topics as they should be.", NOTHING()]],
  [token({ exp: NOW_S + 1, authorization_details: [null, { type: "other" }] }), ["exp: expires in 1 s", "authorization_details[0] lacks actions or topics as they should be.", NOTHING()]],
  [token('{"__proto__":{"mercure":{"publish":["*"]}},"exp":1800000001}'), ["exp: expires in 1 s", NOTHING()]],
  [token({ exp: NOW_S + 1, mercure }, { alg: "none" }, ""),
    ["exp: expires in 1 s", "publish 07: *", "subscribe 07: orders/{id}", "alg is none: nobody has signed this, and no hub may take it.", "The signature is missing."]],
  [token({ exp: NOW_S + 1, mercure: { publish: Array(51).fill("a") } }), ["exp: expires in 1 s", `publish 07: ${Array(50).fill("a")} +1`]],
];

function NOTHING() {
  return "It grants nothing: neither mercure nor authorization_details says what.";
}

test("the decoder's table", async () => {
  const page = await open();
  const told = await page.evaluate(async ([table, nowMs]) => {
    const { decode } = await import("/js/debug/token.js");
    return table.map(([text]) => {
      const { problem, times, grants, remarks } = decode(text, nowMs);
      if (problem) return problem;
      const time = ({ name, text, isProblem }) => `${name}: ${text}${isProblem ? "!" : ""}`;
      const grant = ({ draft, action, selectors, more }) => `${action} ${draft}: ${selectors}${more > 0 ? ` +${more}` : ""}`;
      return [...times.map(time), ...grants.map(grant), ...remarks];
    });
  }, [TABLE, NOW_S * 1_000]);
  TABLE.forEach(([text, expected], i) => assert.deepEqual(told[i], expected, text.slice(0, 200)));
});

test("a token is shown as text, with its dates, and never as checked", async () => {
  const page = await open();
  const markup = "<img src=x onerror=alert(1)>";
  const claims = { exp: Date.now() / 1_000 - 200, sub: markup, mercure: { publish: [markup] } };
  await page.locator("#token").fill(`Authorization: Bearer ${token(claims, { alg: "HS256", kid: markup })}`);
  await page.getByText("The signature is not checked here:").waitFor();
  const facts = await page.locator("#token_facts").textContent();
  assert.match(facts, /expired 3 min ago/);
  assert.ok(facts.includes(`publish (draft 07)${markup}`), facts);
  assert.ok((await page.locator("#token_header").textContent()).includes(`"kid": "${markup}"`));
  assert.ok((await page.locator("#token_claims").textContent()).includes(`"sub": "${markup}"`));
  assert.equal(await page.locator("main img").count(), 1);
  await page.locator("#token").fill(markup);
  await page.locator("#token_problem").getByText("This has characters that no token has").waitFor();
  assert.equal(await page.locator("#token_decoded").isVisible(), false);
  await page.locator("#publish_send").click();
  await page.locator("#publish_notice[data-problem]").getByText("The token cannot be sent.").waitFor();
});

test("a token nested deeper than can be written again is shown as it is", async () => {
  const page = await open();
  const depth = 9_000;
  const deep = `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  await page.locator("#token").fill(token(deep));
  await page.locator("#token_claims").getByText("[[[").waitFor();
});

test("a token is neither in a URL nor kept, unless it is asked for", async () => {
  here.tolerate(/401 \(Unauthorized\)/); // nobody has signed it
  const page = await open();
  const secret = token({ sub: "secret" });
  const urls = [];
  page.on("request", (request) => urls.push(request.url()));
  const stored = () => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  await page.locator("#token").fill(secret);
  const asked = page.waitForRequest(/\/events\?/);
  await page.locator("#subscribe_begin").click();
  assert.equal((await (await asked).allHeaders()).authorization, `Bearer ${secret}`);
  assert.ok(!(await page.locator("#subscribe_curl").textContent()).includes(secret));
  assert.ok(![...urls, page.url(), await stored()].join().includes(secret));
  await page.reload();
  assert.equal(await page.locator("#token").inputValue(), "");

  await page.locator("#token").fill(secret);
  await page.locator("#token_keep").check();
  await page.reload();
  assert.equal(await page.locator("#token").inputValue(), secret);
  await page.locator("#token_keep").uncheck();
  assert.ok(!(await stored()).includes(secret));
});
