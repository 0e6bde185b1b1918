// Debian's Chromium, without the services it would otherwise talk to.

import { chromium } from "playwright-core";

/** An expectation that is not met by then is not met. */
const EXPECT_TIMEOUT_MS = 60_000;

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM_BIN ?? "/usr/bin/chromium", headless: true, args: ARGS });
}

/** A browser profile of its own: two of them are two people. */
export async function person(browser, options = {}) {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  context.setDefaultTimeout(EXPECT_TIMEOUT_MS);
  return context;
}
