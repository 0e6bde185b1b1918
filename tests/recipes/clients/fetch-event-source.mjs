// @microsoft/fetch-event-source, printing as the page's consumers do. It is made for pages; what it asks of
// one is given to it. By itself it does not come back after a stream that has ended, nor heeds 204.
import { fetchEventSource } from "@microsoft/fetch-event-source";

globalThis.window = globalThis;
globalThis.document = { removeEventListener() {} };

class Over extends Error {}

await fetchEventSource(process.argv[2], {
  openWhenHidden: true,
  async onopen(response) {
    if (response.status === 204) throw new Over();
    if (!response.ok) throw new Error(`status ${response.status}`);
  },
  onmessage({ id, event, data }) {
    console.log(id, event || "message", data);
  },
  onclose() {
    throw new Error("the stream has ended");
  },
  onerror(error) {
    if (error instanceof Over) throw error;
    console.error(error.message);
  },
}).catch((error) => {
  if (!(error instanceof Over)) throw error;
});
