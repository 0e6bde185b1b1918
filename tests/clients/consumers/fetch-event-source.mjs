// `@microsoft/fetch-event-source`. It is made for pages; what it asks of one is given to it. By itself it does not
// come back after a stream that has ended.

import { fetchEventSource } from "@microsoft/fetch-event-source";

import { print, token, url } from "./print.mjs";

globalThis.window = globalThis;
globalThis.document = { removeEventListener() {} };

await fetchEventSource(url, {
  headers: { Authorization: `Bearer ${token}` },
  openWhenHidden: true,
  async onopen(response) {
    if (!response.ok) throw new Error(`status ${response.status}`);
  },
  onmessage: print,
  onclose() {
    throw new Error("the stream has ended");
  },
  onerror(error) {
    console.error(error.message);
  },
});
