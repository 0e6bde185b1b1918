// A user's name: the rules the server has for it, and the memory of the last one used.

/** The server's limit, in Unicode characters. */
const NAME_MAX_CHARS = 64;
const STORAGE_KEY = "ssehub.user";

/** Returns the name as the server will see it, or "" when it would be refused. */
export function cleanName(text) {
  const name = text.trim();
  const length = [...name].length;
  return length <= NAME_MAX_CHARS && !/\p{Cc}/u.test(name) ? name : "";
}

// Storage may be switched off, and then every access throws: the name is simply not remembered.

export function rememberName(name) {
  try {
    localStorage.setItem(STORAGE_KEY, name);
  } catch {}
}

export function recallName() {
  try {
    return localStorage.getItem(STORAGE_KEY) ?? "";
  } catch {
    return "";
  }
}
