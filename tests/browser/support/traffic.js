// Subscribers and publishers without a browser, for those who look at what a server does.

const PUBLISH_PAUSE_MS = 50;

/** Opens a stream on `path` and reads it; the answer is a function that closes it. */
export async function listen(origin, path) {
  const connection = new AbortController();
  const { signal } = connection;
  const response = await fetch(origin + path, { signal });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  response.body.pipeTo(new WritableStream(), { signal }).catch(() => {});
  return () => connection.abort();
}

/** Publishes to these topics in turn until the answer, a function, is called; `mood` says how many at a time. */
export function publishing(server, topics, mood = () => 1) {
  let isOver = false;
  let turn = 0;
  const run = async () => {
    while (!isOver) {
      const some = Array.from({ length: mood(turn) }, (_, n) => server.publish(topics[(turn + n) % topics.length], "x".repeat(200)));
      await Promise.all(some);
      turn += 1;
      await new Promise((resolve) => setTimeout(resolve, PUBLISH_PAUSE_MS));
    }
  };
  const over = run().catch((error) => isOver || Promise.reject(error));
  return async () => {
    isOver = true;
    await over;
  };
}
