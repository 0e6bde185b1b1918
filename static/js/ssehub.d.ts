/** How events reach a source: by its own stream, by long polls, or through another tab. */
export type Transport = "stream" | "poll" | "shared";

/**
 * Why a source polls: the first comment of a stream did not come in time ("buffered"), its heartbeats stopped
 * ("silent"), or streams were cut short again and again ("cut"). Empty when it does not poll.
 */
export type Reason = "" | "buffered" | "silent" | "cut";

export interface HubSourceOptions {
  /** The topics to read: at least one. "*" is every topic; "orders/{id}", a template, is never shared. */
  topics: string[];
  /** Begin after this id; "earliest" is the oldest event that is kept. Else it begins with the next event. */
  lastEventId?: string;
  /** Of what was missed only the newest event of each topic; with "earliest", how things stand. */
  latest?: boolean;
  /** The user's name, for the hub. */
  user?: string;
  /** Be told who is there, who comes and who goes, by events of the types presence, join and leave. */
  presence?: boolean;
  /**
   * Share one connection with the other tabs that have the same address, user, latest and presence. It reads the topics
   * of all of them; if that is refused, because they are too many, each tab has its own again. Not in insecure contexts,
   * where the browser has no locks. Sources whose `fetch` adds other credentials must not share. Default: true.
   */
  share?: boolean;
  /**
   * How long to wait for the first comment of a stream, in milliseconds. A stream that is cut sooner than this
   * counts as cut short. Default: 3000.
   */
  patience?: number;
  /**
   * The time between two heartbeats of the hub (`--heartbeat`), in milliseconds; after two and a half times this
   * without a byte a stream is given up. 0 if the hub sends none. Default: 15000.
   */
  heartbeat?: number;
  /** How long a poll waits for an event, in seconds. Default: 25. */
  wait?: number;
  /** How long to poll before a stream is tried again, in milliseconds; doubled each time, to 10 minutes. Default: 30000. */
  retrial?: number;
  /**
   * How often a tab that hears nothing asks the tab with the connection whether it is still there, in milliseconds.
   * After three questions without an answer it connects by itself. Default: 3000.
   */
  ping?: number;
  /** Used in place of the global `fetch`; for example to add credentials. */
  fetch?: (url: URL, init: RequestInit) => Promise<Response>;
}

/** An event of the hub; `data` is what the publisher said. */
export interface HubEvent extends MessageEvent<string> {
  /** Absent from a gap, which concerns all topics. */
  readonly topic?: string;
  /** Who said it. */
  readonly user?: string;
  /** When the hub took it, in milliseconds of Unix time. */
  readonly time?: number;
}

/** The connection is lost, or, if `readyState` is now CLOSED, was refused for good: then the fields say why. */
export interface HubErrorEvent extends Event {
  readonly status?: number;
  readonly errorMessage?: string;
}

export interface TransportEvent extends Event {
  readonly transport: Transport;
  readonly reason?: Reason;
}

export interface HubSourceEventMap {
  open: Event;
  error: HubErrorEvent;
  message: HubEvent;
  /** Events between these two ids may be missing; `data` is `{"after":"…","resumed":"…"}`. */
  gap: HubEvent;
  transport: TransportEvent;
}

/**
 * Events from the hub, as with an `EventSource`: each once, in order, and none lost while the hub keeps them.
 *
 * ```js
 * const source = new HubSource("/events", { topics: ["chat"], lastEventId: "earliest" });
 * source.onmessage = ({ data, user, time }) => console.log(user, data, new Date(time));
 * source.addEventListener("gap", () => console.log("some are missing"));
 * ```
 */
export class HubSource extends EventTarget {
  static readonly CONNECTING: 0;
  static readonly OPEN: 1;
  static readonly CLOSED: 2;

  constructor(url: string | URL, options: HubSourceOptions);

  /** The absolute address, with `user`, `latest` and `presence`. */
  readonly url: string;
  readonly readyState: 0 | 1 | 2;
  /** Up to here everything has been delivered. */
  readonly lastEventId: string;
  readonly transport: Transport;
  readonly reason?: Reason;

  onopen?: ((this: HubSource, event: Event) => unknown) | null;
  onmessage?: ((this: HubSource, event: HubEvent) => unknown) | null;
  onerror?: ((this: HubSource, event: HubErrorEvent) => unknown) | null;

  close(): void;

  addEventListener<K extends keyof HubSourceEventMap>(
    type: K,
    listener: (this: HubSource, event: HubSourceEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** For events of a type that a publisher has given them. */
  addEventListener(
    type: string,
    listener: (this: HubSource, event: HubEvent) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}
