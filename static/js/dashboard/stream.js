// Reads the stream of snapshots, again and again. An EventSource could not send the credential.

const PATH = "/dashboard/events";
/** A snapshot comes every second: without one for so long the connection is lost. */
const SILENCE_MS = 5_000;
const FIRST_PAUSE_MS = 1_000;
const LAST_PAUSE_MS = 15_000;

/**
 * Calls `on.snapshot(snapshot)` for each, `on.lost(reason)` before it tries again, and `on.refused(reason)` at the end:
 * only another credential helps. Ends with `signal`.
 */
export async function follow(token, signal, on) {
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const reason = await once(token, signal, (snapshot) => {
      pause = FIRST_PAUSE_MS;
      on.snapshot(snapshot);
    });
    if (signal.aborted) return;
    if (reason.isRefused) return on.refused(reason.message);
    on.lost(reason.message);
    await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random() / 2)));
    pause = Math.min(pause * 2, LAST_PAUSE_MS);
  }
}

async function once(token, signal, take) {
  const request = new AbortController();
  const stop = () => request.abort();
  signal.addEventListener("abort", stop);
  let timer;
  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(stop, SILENCE_MS);
  };
  watch();
  try {
    const headers = token ? { Authorization: `Bearer ${token}` } : {};
    const response = await fetch(PATH, { headers, cache: "no-store", signal: request.signal });
    if (!response.ok) return await refusal(response);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ; ) {
      const { done, value } = await reader.read();
      if (done) return { message: "the server has ended the stream" };
      watch();
      const frames = (rest + value).split("\n\n");
      rest = frames.pop();
      for (const frame of frames) take(JSON.parse(dataOf(frame)));
    }
  } catch {
    return { message: "the server is out of reach" };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    request.abort();
  }
}

async function refusal(response) {
  const answer = await response.json().catch(() => null);
  const message = answer?.errorMessage ?? `the server answers ${response.status}`;
  return { message, isRefused: [401, 403, 404].includes(response.status) };
}

const dataOf = (frame) => frame.split("\n").find((line) => line.startsWith("data: ")).slice("data: ".length);
