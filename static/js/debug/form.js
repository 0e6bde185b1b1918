// What both forms have: elements by the ends of their ids, a request, the same as a command, and a notice.

import { copyOnClick } from "../curl.js";
import { setText } from "./answer.js";
import { authorized, curlCommand, MERCURE } from "./requests.js";
import { currentToken } from "./token_view.js";

/** The form `name`, whose values `requestOf` makes a request of. */
export function formOf(name, requestOf) {
  const byId = (id) => document.getElementById(`${name}_${id}`);
  const valueOf = ({ id, type, checked, value }) => [id.slice(name.length + 1), type === "checkbox" ? checked : value];
  const values = () => Object.fromEntries([...byId("form").elements].map(valueOf));
  const request = (changes) => authorized(requestOf({ ...values(), ...changes }), currentToken());

  function showCommand() {
    byId("form").dataset.protocol = byId("endpoint").value === MERCURE ? "mercure" : "native";
    try {
      setText(byId("curl"), curlCommand(request()));
    } catch (error) {
      setText(byId("curl"), error.message);
    }
  }

  function notice(text, isProblem = false) {
    byId("notice").toggleAttribute("data-problem", isProblem);
    setText(byId("notice"), text);
  }

  for (const element of [byId("form"), document.getElementById("token")]) element.addEventListener("input", showCommand);
  copyOnClick(byId("copy"), byId("curl"));
  showCommand();
  return { byId, request, notice };
}
