// The package `eventsource`, with the token in the field `Authorization`, or in a cookie.

import { EventSource } from "eventsource";

import { mode, print, token, url } from "./print.mjs";

const own = mode === "cookie" ? { cookie: `mercureAuthorization=${token}` } : { authorization: `Bearer ${token}` };
const withToken = (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...own } });

new EventSource(url, { fetch: withToken }).onmessage = print;
