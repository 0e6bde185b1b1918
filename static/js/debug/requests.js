// What the forms ask for becomes a request: `{ method, path, headers, body?, form? }`, and that a command.

import { quote } from "../curl.js";
import { encodeRoom } from "../rooms.js";

export const MERCURE = "/.well-known/mercure";

const ACCEPT = { ndjson: "application/x-ndjson", poll: "application/json" };

const linesOf = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

/** `matcher` is the Mercure protocol's: `topic` in draft 07, `match…` in draft 08. */
export function subscribeRequest({ endpoint, topics, matcher, from = "", format, latest, presence, user }) {
  const isMercure = endpoint === MERCURE;
  const query = linesOf(topics).map((topic) => [isMercure ? matcher : "topic", topic]);
  if (from.trim()) query.push([isMercure && matcher === "topic" ? "lastEventID" : "last_event_id", from.trim()]);
  if (isMercure) return get(endpoint, query, "text");
  if (format !== "text") query.push(["format", format]);
  if (latest) query.push(["latest", "1"]);
  if (presence) query.push(["presence", "1"]);
  if (user) query.push(["user", user]);
  return get(endpoint, query, format);
}

function get(endpoint, query, format) {
  return { method: "GET", path: withQuery(endpoint, query), headers: { Accept: ACCEPT[format] ?? "text/event-stream" } };
}

/** The next poll. */
export function after(request, id) {
  const [endpoint, query] = request.path.split("?");
  const pairs = new URLSearchParams(query);
  pairs.set("last_event_id", id);
  return { ...request, path: withQuery(endpoint, pairs) };
}

export function publishRequest({ endpoint, topic, alternates, data, type, id, retry, private: isPrivate }) {
  const labels = Object.entries({ type, id, retry }).filter(([, value]) => value !== "");
  const others = linesOf(alternates);
  if (endpoint === MERCURE) {
    const form = [topic, ...others].map((name) => ["topic", name]);
    form.push(["data", data], ...labels);
    if (isPrivate) form.push(["private", "on"]);
    return { method: "POST", path: MERCURE, headers: {}, form, body: new URLSearchParams(form) };
  }
  // A browser resolves dots before it asks, however they are encoded (WHATWG URL, section 4.1).
  if (topic === "." || topic === "..") throw new Error("A browser cannot ask for a path that ends in dots alone.");
  const query = [...others.map((name) => ["alternate", name]), ...labels];
  if (isPrivate) query.push(["private", "1"]);
  const path = withQuery(`/events/${encodeRoom(topic)}`, query);
  return { method: "POST", path, headers: { "Content-Type": "text/plain" }, body: data };
}

function withQuery(path, pairs) {
  const query = new URLSearchParams(pairs).toString();
  return query ? `${path}?${query}` : path;
}

/** A token belongs in the head: proxies log URLs. */
export function authorized(request, token) {
  return token ? { ...request, headers: { ...request.headers, Authorization: `Bearer ${token}` } } : request;
}

/** The same for a shell. The token is in a variable: commands end up in histories. */
export function curlCommand({ method, path, headers, form, body }) {
  const words = ["curl", method === "GET" ? "-N" : "-i", quote(location.origin + path)];
  for (const [name, value] of Object.entries(headers)) {
    words.push("-H", name === "Authorization" ? '"Authorization: Bearer $TOKEN"' : quote(`${name}: ${value}`));
  }
  // Other options take an @ for the name of a file.
  if (form) for (const pair of form) words.push("--data-urlencode", quote(pair.join("=")));
  else if (body !== undefined) words.push("--data-raw", quote(body));
  return words.join(" ");
}
