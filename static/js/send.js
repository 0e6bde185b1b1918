// Sends one message to a room, or says in a sentence why it was not sent.

/** The server's limit for a message. */
const MESSAGE_MAX_BYTES = 64 * 1024;
/** A healthy server answers in milliseconds; after this the writer should know and decide. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Resolves when the server has taken the message; rejects with an Error whose message is for the reader. */
export async function sendMessage(user, message, room) {
  const bytes = new TextEncoder().encode(message).length;
  if (bytes > MESSAGE_MAX_BYTES) throw new Error(`it is ${bytes - MESSAGE_MAX_BYTES} bytes too long.`);

  const response = await post({ message, user }, room);
  const answer = await response.json().catch(() => ({}));
  if (response.ok && answer.succeeded) return;
  throw new Error(answer.errorMessage ?? `the server answered ${response.status}.`);
}

async function post(body, room) {
  try {
    return await fetch(`/sse/message?${new URLSearchParams({ topic: room })}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
  } catch (cause) {
    const late = cause.name === "TimeoutError";
    throw new Error(late ? "the server did not answer in time." : "the server is out of reach.", { cause });
  }
}
