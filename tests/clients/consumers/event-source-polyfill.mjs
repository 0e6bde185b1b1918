// `event-source-polyfill`, which resumes by a parameter of its own spelling.

import polyfill from "event-source-polyfill";

import { print, token, url } from "./print.mjs";

const headers = { Authorization: `Bearer ${token}` };
new polyfill.EventSourcePolyfill(url, { headers }).onmessage = print;
