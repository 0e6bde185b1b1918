//! Every setting: its flag, what it does, and its default.

use std::time::Duration;

use ssehub::HubConfig;
use ssehub::http::HttpConfig;
use ssehub::server::Address;

use super::values::{bytes, duration, number};

/// What a server is told at its start.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) listen: Vec<Address>,
    pub(crate) threads: usize,
    /// `None` stands for as many as the system allows.
    pub(crate) connections: Option<usize>,
    pub(crate) drain: Duration,
    pub(crate) log: log::LevelFilter,
    pub(crate) hub: HubConfig,
    pub(crate) http: HttpConfig,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            listen: Vec::new(),
            threads: 1,
            connections: None,
            drain: Duration::from_secs(10),
            log: log::LevelFilter::Info,
            hub: HubConfig::default(),
            http: HttpConfig::default(),
        }
    }
}

impl Settings {
    /// Fills in the lists that nobody has filled.
    pub(super) fn complete(&mut self) {
        if self.listen.is_empty() {
            self.listen.push(Address::Localhost(8080));
        }
    }
}

/// One setting on the command line and in the environment.
pub(super) struct Setting {
    pub(super) flag: &'static str,
    /// What its value looks like, for the help.
    pub(super) value: &'static str,
    pub(super) help: &'static str,
    /// Its default, for the help.
    pub(super) default: &'static str,
    pub(super) set: fn(&mut Settings, &str) -> Result<(), String>,
    /// Empties a list that the command line is about to fill.
    pub(super) clear: fn(&mut Settings),
}

macro_rules! setting {
    ($flag:literal, $value:literal, $default:literal, $help:literal,
     |$to:ident, $text:ident| $set:expr $(, clear $clear:expr)?) => {
        Setting {
            flag: $flag,
            value: $value,
            help: $help,
            default: $default,
            set: |$to, $text| { $set; Ok(()) },
            clear: |_settings| { $( let clear: fn(&mut Settings) = $clear; clear(_settings) )? },
        }
    };
}

#[rustfmt::skip]
pub(super) const SETTINGS: &[Setting] = &[
    setting!("listen", "ADDRESS", "localhost:8080",
        "Where to listen: IP:PORT, localhost:PORT or unix:PATH. May be repeated.",
        |to, text| to.listen.push(text.parse().map_err(|error: ssehub::server::InvalidAddress| error.to_string())?),
        clear |to| to.listen.clear()),
    setting!("threads", "NUMBER", "1",
        "Threads that serve. One is enough for ten thousand subscribers.",
        |to, text| to.threads = number(text, 1..=256)?),
    setting!("connections", "NUMBER", "as many as the system's file descriptors allow",
        "Connections at a time; one more is answered with 503.",
        |to, text| to.connections = Some(number(text, 1..=10_000_000)?)),
    setting!("drain", "DURATION", "10s",
        "How long open connections may take to end when the server is told to stop.",
        |to, text| to.drain = duration(text)?),
    setting!("log", "LEVEL", "info",
        "What to log to standard error: off, error, warn, info or debug.",
        |to, text| to.log = text.parse().map_err(|_| "there is no such level".to_owned())?),
    setting!("cors-origin", "ORIGIN", "",
        "Lets pages of another origin, such as https://example.org, call; * lets all of them.\n\
         May be repeated.",
        |to, text| to.http.cors_origins.push(text.to_owned()),
        clear |to| to.http.cors_origins.clear()),
    setting!("static-dir", "PATH", "",
        "Serve the page's files from this folder instead of those inside the binary.",
        |to, text| to.http.static_dir = Some(text.into())),
    setting!("keep-events", "NUMBER", "10000",
        "Events that are kept for those who come back.",
        |to, text| to.hub.retention.events = number(text, 1..=1_000_000_000)?),
    setting!("keep-bytes", "SIZE", "64MiB",
        "Memory for the events that are kept.",
        |to, text| to.hub.retention.bytes = bytes(text)?),
    setting!("keep-age", "DURATION", "24h",
        "How long events are kept.",
        |to, text| to.hub.retention.age = duration(text)?),
    setting!("heartbeat", "DURATION", "15s",
        "Pause between two heartbeats on a stream that has nothing else to say; 0s sends none.",
        |to, text| to.hub.heartbeat = duration(text)?),
    setting!("retry", "DURATION", "2s",
        "How long clients wait before they reconnect: half as long to half as long again, by chance.",
        |to, text| to.hub.retry = duration(text)?),
    setting!("queue-events", "NUMBER", "64",
        "Events that wait for a slow subscriber before it has to read them from the log.",
        |to, text| to.hub.queue_events = number(text, 1..=65_536)?),
    setting!("stall", "DURATION", "30s",
        "How long a client may take nothing of what is written to it before it is given up.",
        |to, text| to.http.stall = duration(text)?),
    setting!("idle", "DURATION", "75s",
        "How long a connection may stay open without a request.",
        |to, text| to.http.idle = duration(text)?),
    setting!("head-deadline", "DURATION", "10s",
        "How long the head of a request may take to arrive.",
        |to, text| to.http.head_deadline = duration(text)?),
    setting!("body-deadline", "DURATION", "30s",
        "How long the body of a request may take to arrive.",
        |to, text| to.http.body_deadline = duration(text)?),
    setting!("body-bytes", "SIZE", "1MiB",
        "Largest request body.",
        |to, text| to.http.body_bytes = bytes(text)?),
];
