// What a response says of itself, as far as the browser lets a page see it.

/** `200 OK`; HTTP/2 has no reason phrases. */
export const statusLine = ({ status, statusText }) => `${status} ${statusText}`.trim();

/** The server's reason for a refusal. */
export const reasonIn = (answer) => answer?.errorMessage ?? answer?.detail;

/** What went wrong on the way, in a sentence. */
export function faultOf({ name, message }) {
  if (name === "TimeoutError") return "The server did not answer in time.";
  return name === "TypeError" ? "The server is out of reach, or the connection is lost." : message;
}

/** A term and its description for each pair of texts. */
export function pairs(entries) {
  return [...entries].flatMap((texts) =>
    ["dt", "dd"].map((name, i) => {
      const element = document.createElement(name);
      element.textContent = texts[i];
      return element;
    }),
  );
}

/** Sets a text if it is another one: a live region speaks each time. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
