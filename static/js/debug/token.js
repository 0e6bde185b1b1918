// Reads a JSON Web Token (RFC 7519). Nothing here checks its signature.

import { grantsOf } from "./grants.js";
import { objectOf } from "./json.js";

/** The last second that a JavaScript date can be. */
const LAST_SECOND = 8.64e12;

/** The token in what was pasted, which may be a whole header field. */
export function cleanToken(text) {
  return text.trim().replace(/^(authorization:\s*)?bearer\s+/i, "");
}

/** What keeps a token from being sent, in a sentence, or "". */
export function tokenProblem(token) {
  return /^[!-~]*$/.test(token) ? "" : "This has characters that no token has, such as spaces or line breaks.";
}

/** What a token says: `{ header, claims, times, grants, remarks }`, the first two as JSON; or `{ problem }`. */
export function decode(token, nowMs) {
  const problem = tokenProblem(token) || shapeProblem(token);
  if (problem) return { problem };
  const [head, body, signature] = token.split(".");
  const [header, claims] = [jsonOf(head), jsonOf(body)];
  const bad = Object.entries({ header, payload: claims }).find(([, json]) => !objectOf(json));
  if (bad) return { problem: `The token's ${bad[0]} is not a JSON object in base64url.` };
  const said = objectOf(claims);
  const remarks = [];
  if (objectOf(header).alg === "none") remarks.push("alg is none: nobody has signed this, and no hub may take it.");
  if (!signature) remarks.push("The signature is missing.");
  if (!("exp" in said)) remarks.push("It never expires: there is no exp.");
  return { header, claims, times: timesOf(said, nowMs), grants: grantsOf(said, remarks), remarks };
}

function shapeProblem(token) {
  if (token.startsWith("ssehub_")) return "This is an API key and no token: there is nothing in it to read.";
  const parts = token.split(".").length;
  if (parts === 5) return "This token is encrypted: it has five parts (JWE), and cannot be read without its key.";
  return parts === 3 ? "" : `A token has three parts with dots between them; this has ${parts}.`;
}

// RFC 7515, section 2: base64url without padding.
function jsonOf(part) {
  try {
    const bytes = Uint8Array.from(atob(part.replace(/[^\w-]/g, "=").replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return "";
  }
}

const SAYS = {
  exp: ["expired # ago", "expires in #"],
  nbf: ["valid since # ago", "not valid yet, in #"],
  iat: ["issued # ago", "issued in the future, in #"],
};

function timesOf(claims, nowMs) {
  const names = Object.keys(SAYS).filter((name) => name in claims);
  return names.map((name) => ({ name, ...timeOf(name, claims[name], nowMs) }));
}

function timeOf(name, seconds, nowMs) {
  if (typeof seconds !== "number") return { text: "is no number, and so not valid", isProblem: true };
  if (Math.abs(seconds) > LAST_SECOND) return { text: "is too far away to be a date", isProblem: true };
  const ago = nowMs - seconds * 1_000;
  const text = SAYS[name][+(ago < 0)].replace("#", span(Math.abs(ago)));
  return { date: new Date(seconds * 1_000), text, isProblem: ago >= 0 === (name === "exp") };
}

const UNITS = [[86_400_000, " d"], [3_600_000, " h"], [60_000, " min"], [1_000, " s"]];

/** A span of time in its largest unit. */
export function span(ms) {
  const [unit, name] = UNITS.find(([unit]) => ms >= unit) ?? UNITS[3];
  return Math.floor(ms / unit) + name;
}
