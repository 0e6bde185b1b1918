// Publishing by hand, and what the server says.

import { faultOf, pairs, reasonIn, statusLine } from "./answer.js";
import { formOf } from "./form.js";
import { objectOf, pretty } from "./json.js";
import { publishRequest } from "./requests.js";

/** A healthy server answers in milliseconds; after this one should know and decide. */
const ANSWER_TIMEOUT_MS = 10_000;

const { byId, request, notice } = formOf("publish", publishRequest);

export function startPublish() {
  byId("form").addEventListener("submit", send);
}

async function send(event) {
  event.preventDefault();
  if (byId("send").disabled) return;
  byId("send").disabled = true;
  byId("answer").hidden = true;
  notice("Sending…");
  try {
    await exchange(request());
  } catch (error) {
    notice(faultOf(error), true);
  }
  byId("send").disabled = false;
  byId("send").focus();
}

async function exchange({ method, path, headers, body }) {
  const began = performance.now();
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const response = await fetch(path, { method, headers, body, cache: "no-store", signal });
  const text = await response.text();
  const line = `${statusLine(response)} in ${Math.round(performance.now() - began)} ms`;
  const reason = response.ok ? "" : reasonIn(objectOf(text));
  notice(reason ? `${line}: ${reason}` : line, !response.ok);
  byId("fields").replaceChildren(...pairs(response.headers));
  byId("body").textContent = pretty(text);
  byId("answer").hidden = false;
}
