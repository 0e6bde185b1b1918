// The line under the chat that reads it from a terminal, and its copy button.

/** How long the button says that it has copied. */
const THANKS_MS = 2_000;

export function showCommand(code, button) {
  code.textContent = `curl -N '${location.origin}/sse?user=bob'`;
  button.addEventListener("click", async () => {
    button.textContent = await copy(code);
    setTimeout(() => (button.textContent = "Copy"), THANKS_MS);
  });
}

// There is no clipboard on a page that came over plain HTTP from another machine; selecting is the next best.
async function copy(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return "Copied";
  } catch {
    getSelection().selectAllChildren(code);
    return "Selected";
  }
}
