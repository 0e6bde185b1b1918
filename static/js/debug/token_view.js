// The token's field, which both forms use, and what is in the token.

import { pairs, setText } from "./answer.js";
import { pretty } from "./json.js";
import { cleanToken, decode, tokenProblem } from "./token.js";

const STORAGE_KEY = "ssehub.debug.token";
/** Tokens expire while one looks at them. */
const REFRESH_MS = 5_000;

const byId = (id) => document.getElementById(id);
const [field, keep] = [byId("token"), byId("token_keep")];

/** The token to send, or ""; throws why it cannot be sent. */
export function currentToken() {
  const token = cleanToken(field.value);
  const problem = tokenProblem(token);
  if (problem) throw new Error(`The token cannot be sent. ${problem}`);
  return token;
}

export function startToken() {
  stored((storage) => (field.value = storage.getItem(STORAGE_KEY) ?? ""));
  keep.checked = field.value !== "";
  field.addEventListener("input", () => (remember(), render()));
  keep.addEventListener("change", remember);
  setInterval(render, REFRESH_MS);
  field.dispatchEvent(new Event("input"));
}

function render() {
  const token = cleanToken(field.value);
  const told = token ? decode(token, Date.now()) : { problem: "" };
  byId("token_none").hidden = token !== "";
  byId("token_decoded").hidden = "problem" in told;
  setText(byId("token_problem"), told.problem ?? "");
  if (told.header) show(told);
}

function show({ header, claims, times, grants, remarks }) {
  setText(byId("token_header"), pretty(header));
  setText(byId("token_claims"), pretty(claims));
  setText(byId("token_remarks"), remarks.join(" "));
  const rows = pairs([
    ...times.map(({ name, date, text }) => [name, date ? `${date.toLocaleString()} · ${text}` : text]),
    ...grants.map(({ draft, action, selectors, more }) => [
      `${action} (draft ${draft})`,
      [...selectors, ...(more > 0 ? [`and ${more} more`] : [])].join("\n") || "nothing",
    ]),
  ]);
  times.forEach(({ isProblem }, i) => rows[2 * i + 1].toggleAttribute("data-problem", isProblem));
  byId("token_facts").replaceChildren(...rows);
}

function remember() {
  stored((storage) => (keep.checked ? storage.setItem(STORAGE_KEY, field.value) : storage.removeItem(STORAGE_KEY)));
}

// It ends with the tab. It may be switched off, and then every access throws.
function stored(does) {
  try {
    does(sessionStorage);
  } catch {}
}
