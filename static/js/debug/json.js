// JSON as a reader wants to see it, and texts that fit on a page.

/** Longer texts are shown up to here. */
export const SHOWN_MAX_CHARS = 20_000;

export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** A parsed object, or null. */
export function objectOf(text) {
  try {
    const value = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** An object or a list with indentation, anything else as it is, and at most the beginning of what is long. */
export function pretty(text) {
  if (text.length > SHOWN_MAX_CHARS) return shortened(text);
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text, keepDigits), null, 2);
  } catch {
    return text; // It is no JSON, or nested too deep to be written again.
  }
}

// A number may have more digits than JavaScript's; where the browser knows how, they are kept.
function keepDigits(_key, value, context) {
  return typeof value === "number" && context?.source && JSON.rawJSON ? JSON.rawJSON(context.source) : value;
}

export function shortened(text) {
  const more = text.length - SHOWN_MAX_CHARS;
  return more > 0 ? `${text.slice(0, SHOWN_MAX_CHARS)}\n… ${more} characters more` : text;
}
