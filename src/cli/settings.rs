//! Every setting: its flag, what it does, and its default.
//!
//! The help, the configuration file, the man page and the completions are made from this table
//! (`cli/generate.rs`), and a reason for each default stands in `cli/reasons.rs`.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ssehub::event::RETRY;
use ssehub::http::{BODY_BYTES, BodyMemory, DEADLINE_LEAST, HttpConfig, MetricsAccess};
use ssehub::hub::QUEUE_EVENTS;
use ssehub::jwks::FETCH_PAUSE;
use ssehub::limits::LimitConfig;
use ssehub::server::{Address, SOCKET_MODE};
use ssehub::store::{Durability, KEPT_EVENTS};
use ssehub::{HubConfig, LogConfig, Retention};

use super::access::{Access, Grants, TokenKeys, is_local};
use super::logger::LogFormat;
use super::redis::{RedisOptions, SecretUrl};
use super::tls::Tls;
use super::values::{
    bytes, bytes_up_to, count, durability, duration, duration_from, duration_within, host_name,
    mode, number, origin, parsed, rate, url, yes_or_no,
};

/// How long a server that stops waits for its connections. `docker stop` kills after 10 s, and the log is
/// still to be flushed.
const DEFAULT_DRAIN: Duration = Duration::from_secs(8);

/// What a server is told at its start.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The file from which some of these come.
    pub(crate) config: Option<PathBuf>,
    pub(crate) listen: Vec<Address>,
    /// Where those are served who watch over the server.
    pub(crate) admin_listen: Vec<Address>,
    /// The port in `PORT`, if `listen` comes from there.
    pub(crate) platform_port: Option<u16>,
    /// Permissions of Unix sockets.
    pub(crate) socket_mode: u32,
    pub(crate) threads: NonZeroUsize,
    /// `None` stands for as many as the system allows.
    pub(crate) connections: Option<usize>,
    pub(crate) drain: Duration,
    pub(crate) log: log::LevelFilter,
    pub(crate) log_format: LogFormat,
    /// The log's file; without one the log lives in memory.
    pub(crate) data: Option<PathBuf>,
    pub(crate) durability: Durability,
    pub(super) redis: RedisOptions,
    pub(crate) keep: Keep,
    pub(crate) window: Retention,
    pub(crate) deduplicate: bool,
    /// Whether subscribers of the Mercure protocol are told and listed.
    pub(crate) subscriptions: bool,
    pub(crate) hub: HubConfig,
    pub(crate) http: HttpConfig,
    pub(crate) access: Access,
    pub(crate) limits: LimitConfig,
    pub(crate) tls: Tls,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            config: None,
            listen: Vec::new(),
            admin_listen: Vec::new(),
            platform_port: None,
            socket_mode: SOCKET_MODE,
            threads: NonZeroUsize::MIN,
            connections: None,
            drain: DEFAULT_DRAIN,
            log: log::LevelFilter::Info,
            log_format: LogFormat::Human,
            data: None,
            durability: Durability::Commit,
            redis: RedisOptions::default(),
            keep: Keep::default(),
            window: Retention::default(),
            deduplicate: true,
            subscriptions: false,
            hub: HubConfig::default(),
            http: HttpConfig::default(),
            access: Access::default(),
            limits: LimitConfig::default(),
            tls: Tls::default(),
        }
    }
}

/// What of the retention has been set; the rest depends on where the log lives.
#[derive(Debug, Default)]
pub(crate) struct Keep {
    pub(crate) events: Option<usize>,
    pub(crate) bytes: Option<usize>,
    pub(crate) age: Option<Duration>,
    pub(crate) topic_events: Option<usize>,
}

/// Where everyone can connect: by IPv4, and by IPv6 if one socket can take both.
fn everyone(port: u16) -> SocketAddr {
    let has_six = TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).is_ok();
    match has_six && takes_both_families() {
        true => (Ipv6Addr::UNSPECIFIED, port).into(),
        false => (Ipv4Addr::UNSPECIFIED, port).into(),
    }
}

/// Whether a listener at `[::]` takes IPv4, too, as it does unless the system is set up otherwise.
pub(super) fn takes_both_families() -> bool {
    let apart = std::fs::read("/proc/sys/net/ipv6/bindv6only");
    !apart.is_ok_and(|text| text.starts_with(b"1"))
}

/// What a log on disk or in Redis keeps unless it is told otherwise.
fn elsewhere() -> Retention {
    Retention::default()
        .events(1_000_000)
        .bytes(1 << 30)
        .age(Duration::from_secs(30 * 24 * 60 * 60))
}

impl Settings {
    /// How the log is set up.
    pub(crate) fn log_config(&self) -> LogConfig {
        let otherwise = match (&self.data, &self.redis.url) {
            (None, None) => Retention::default(),
            _ => elsewhere(),
        };
        LogConfig::default()
            .retention(
                Retention::default()
                    .events(self.keep.events.unwrap_or(otherwise.events))
                    .bytes(self.keep.bytes.unwrap_or(otherwise.bytes))
                    .age(self.keep.age.unwrap_or(otherwise.age))
                    .topic_events(self.keep.topic_events),
            )
            .window(self.window)
            .deduplicate(self.deduplicate)
    }

    /// Every address that is to be listened at, with the option that names it.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (&'static str, &Address)> {
        let lists = [
            ("listen", &self.listen),
            ("admin-listen", &self.admin_listen),
            ("http-redirect", &self.tls.redirect),
        ];
        lists
            .into_iter()
            .flat_map(|(flag, list)| list.iter().map(move |address| (flag, address)))
    }

    /// Whether only this machine can connect.
    pub(super) fn is_local(&self) -> bool {
        self.listen.iter().all(is_local)
    }

    /// Fills in the lists that nobody has filled, and that `has_sockets` does not stand for. `port` is the one that
    /// the platform has chosen, if it has: it connects from elsewhere.
    pub(super) fn complete(&mut self, has_sockets: bool, port: Option<u16>) {
        if !self.listen.is_empty() || has_sockets {
            return;
        }
        self.platform_port = port;
        self.listen.push(match port {
            Some(port) => Address::Tcp(everyone(port)),
            None => Address::Localhost(8080),
        });
    }
}

/// One setting on the command line, in the environment and in a file.
pub(super) struct Setting {
    pub(super) flag: &'static str,
    /// What its value looks like, for the help; nothing for one that is set by being there.
    pub(super) value: &'static str,
    pub(super) help: &'static str,
    /// Its default, for the help.
    pub(super) default: &'static str,
    pub(super) set: fn(&mut Settings, &str) -> Result<(), String>,
    /// Empties the list that is about to be filled, if it is one.
    pub(super) clear: Option<fn(&mut Settings)>,
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
            clear: {
                let clear: &[fn(&mut Settings)] = &[$($clear)?];
                clear.first().copied()
            },
        }
    };
}

#[rustfmt::skip]
pub(super) const SETTINGS: &[Setting] = &[
    setting!("config", "FILE", "",
        "Read settings from this file of TOML, where they have the names of these options: idle = \"75s\".\n\
         The command line wins over the environment, and this over the file.",
        |to, text| to.config = Some(text.into())),
    setting!("listen", "ADDRESS", "localhost:8080",
        "Where to listen: IP:PORT, localhost:PORT or unix:PATH. May be repeated. If it is not set, and the variable\n\
         PORT of the environment is, as platforms for containers do: that port, for everyone who can connect.",
        |to, text| to.listen.push(text.parse().map_err(|error: ssehub::server::InvalidAddress| error.to_string())?),
        clear |to| to.listen.clear()),
    setting!("admin-listen", "ADDRESS", "",
        "Where to serve /metrics, /dashboard, /healthz and /readyz alone, to everyone who can connect, and also\n\
         while the server is full or stops. May be repeated.",
        |to, text| to.admin_listen.push(text.parse().map_err(|error: ssehub::server::InvalidAddress| error.to_string())?),
        clear |to| to.admin_listen.clear()),
    setting!("socket-mode", "MODE", "0666",
        "Permissions of the sockets at unix:PATH, whatever the umask is: 0660 is for the user and the group of the\n\
         server, or the group of the folder if that has setgid.",
        |to, text| to.socket_mode = mode(text)?),
    setting!("metrics", "WHO", "off",
        "Who may read /metrics and see /dashboard where everyone is served:\n\
         off      nobody; --admin-listen has it all the same\n\
         granted  who has a credential by which every topic may be read\n\
         open     everyone",
        |to, text| to.http.metrics = match text {
            "off" => MetricsAccess::Off,
            "granted" => MetricsAccess::Granted,
            "open" => MetricsAccess::Open,
            _ => return Err("it is off, granted or open".to_owned()),
        }),
    setting!("tls-cert", "FILE", "",
        "A certificate in PEM, with those of its issuers behind it: addresses of --listen with a port speak\n\
         HTTPS. Read again on SIGHUP, as its key is. May be repeated: clients get the one for the name that\n\
         they ask for, or the first.",
        |to, text| to.tls.certificates.push(text.into()),
        clear |to| to.tls.certificates.clear()),
    setting!("tls-key", "FILE", "",
        "The key of that certificate, in PEM. Repeated for each certificate, in the same order.",
        |to, text| to.tls.keys.push(text.into()),
        clear |to| to.tls.keys.clear()),
    setting!("acme-domain", "NAME", "",
        "Get a certificate for this name by itself, and renew it: from Let's Encrypt, which has to reach this\n\
         server by that name at port 443. May be repeated.",
        |to, text| to.tls.acme.domains.push(host_name(text)?),
        clear |to| to.tls.acme.domains.clear()),
    setting!("acme-cache", "FOLDER", "",
        "Where to keep that certificate, its key, and the account. Needed with --acme-domain.",
        |to, text| to.tls.acme.cache = Some(text.into())),
    setting!("acme-contact", "ADDRESS", "",
        "A mail address for the authority. May be repeated.",
        |to, text| to.tls.acme.contacts.push(text.to_owned()),
        clear |to| to.tls.acme.contacts.clear()),
    setting!("acme-directory", "URL", "https://acme-v02.api.letsencrypt.org/directory",
        "The directory of another authority that speaks ACME.",
        |to, text| to.tls.acme.directory = url(text)?),
    setting!("http-redirect", "ADDRESS", "",
        "Where else to listen, to send browsers from http:// to https://. May be repeated.",
        |to, text| to.tls.redirect.push(text.parse().map_err(|error: ssehub::server::InvalidAddress| error.to_string())?),
        clear |to| to.tls.redirect.clear()),
    setting!("threads", "NUMBER", "1",
        "Threads that serve, each with its share of the subscribers. One is enough for ten thousand.",
        |to, text| to.threads = count(text, 256)?),
    setting!("connections", "NUMBER", "as many as the system's file descriptors allow",
        "Connections at a time; one more is answered with 503.",
        |to, text| to.connections = Some(number(text, 1..=10_000_000)?)),
    setting!("drain", "DURATION", "8s",
        "How long open connections may take to end when the server is told to stop.",
        |to, text| to.drain = duration(text)?),
    setting!("drain-spread", "DURATION", "0s",
        "Within which part of that time streams are ended, one after the other, so that a crowd does not come\n\
         back all at once.",
        |to, text| to.hub.drain_spread = duration(text)?),
    setting!("log", "LEVEL", "info",
        "Which log lines to write to standard error: off for none, error, warn, info or debug.",
        |to, text| to.log = text.parse().map_err(|_| "off, error, warn, info or debug is expected".to_owned())?),
    setting!("log-format", "FORMAT", "human",
        "How log lines look: human, or json with an object on each.",
        |to, text| to.log_format = match text {
            "human" => LogFormat::Human,
            "json" => LogFormat::Json,
            _ => return Err("it is human or json".to_owned()),
        }),
    setting!("access-log", "YES-OR-NO", "no",
        "A log line for each request, and for each stream at its end. Without it, only what is refused has one.",
        |to, text| to.http.access_log = yes_or_no(text)?),
    setting!("cors-origin", "ORIGIN", "",
        "Lets pages of another origin, such as https://example.org, call; https://*.example.org those of every name\n\
         below it; * all of them. May be repeated.",
        |to, text| to.http.cors_origins.push(parsed(text)?),
        clear |to| to.http.cors_origins.clear()),
    setting!("static-dir", "PATH", "",
        "Serve the page's files from this folder instead of those inside the binary.",
        |to, text| to.http.static_dir = Some(text.into())),
    setting!("open", "", "",
        "Everyone who can connect may publish. Without it only this machine may, not through a proxy, while no\n\
         credentials are set up, and who has one.",
        |to, text| to.access.open = yes_or_no(text)?),
    setting!("anonymous-read", "YES-OR-NO", "yes",
        "Everyone who can connect may read what is not private.",
        |to, text| to.access.anonymous_read = yes_or_no(text)?),
    setting!("api-keys", "FILE", "",
        "API keys, a line for each, as `ssehub key` makes them. Read again on SIGHUP, as all keys are.",
        |to, text| to.access.api_keys = Some(text.into())),
    setting!("token-key-file", "FILE", "",
        "Keys by which tokens are checked: PEM, a JWK Set, or a secret. May be repeated.",
        |to, text| to.access.token_keys.push(TokenKeys::file(text, Grants::Both)),
        clear |to| to.access.token_keys.retain(|keys| !keys.is_file(Grants::Both))),
    setting!("token-key-env", "NAME", "",
        "An environment variable that holds such keys. May be repeated.",
        |to, text| to.access.token_keys.push(TokenKeys::variable(text, Grants::Both)),
        clear |to| to.access.token_keys.retain(|keys| !keys.is_variable())),
    setting!("publisher-key-file", "FILE", "",
        "The same for tokens that only let publish. May be repeated.",
        |to, text| to.access.token_keys.push(TokenKeys::file(text, Grants::Publishing)),
        clear |to| to.access.token_keys.retain(|keys| !keys.is_file(Grants::Publishing))),
    setting!("subscriber-key-file", "FILE", "",
        "The same for tokens that only let read. May be repeated.",
        |to, text| to.access.token_keys.push(TokenKeys::file(text, Grants::Reading)),
        clear |to| to.access.token_keys.retain(|keys| !keys.is_file(Grants::Reading))),
    setting!("token-jwks-url", "URL", "",
        "Where to fetch keys of tokens: a JWK Set at https://, or at http:// on this machine. Until there are\n\
         keys, these tokens are refused. May be repeated.",
        |to, text| to.access.token_keys.push(TokenKeys::url(parsed(text)?, Grants::Both)),
        clear |to| to.access.token_keys.retain(|keys| !keys.is_url(Grants::Both))),
    setting!("publisher-jwks-url", "URL", "",
        "The same for tokens that only let publish. May be repeated.",
        |to, text| to.access.token_keys.push(TokenKeys::url(parsed(text)?, Grants::Publishing)),
        clear |to| to.access.token_keys.retain(|keys| !keys.is_url(Grants::Publishing))),
    setting!("subscriber-jwks-url", "URL", "",
        "The same for tokens that only let read. May be repeated.",
        |to, text| to.access.token_keys.push(TokenKeys::url(parsed(text)?, Grants::Reading)),
        clear |to| to.access.token_keys.retain(|keys| !keys.is_url(Grants::Reading))),
    setting!("jwks-refresh", "DURATION", "10m",
        "Pause before keys are fetched again, 5s or more. A token that names a key which is not known, and\n\
         SIGHUP, have them fetched earlier, but not within 5s.",
        |to, text| to.access.jwks_refresh = duration_from(FETCH_PAUSE, text)?),
    setting!("ca-file", "FILE", "",
        "Certificates, in PEM, of those who vouch for servers from which this one fetches something, beside\n\
         those that the system trusts.",
        |to, text| to.access.ca_file = Some(text.into())),
    setting!("token-issuer", "ISSUER", "",
        "Who must have issued a token; with --token-audience, tokens of the Mercure protocol's draft 08 are\n\
         taken, too.",
        |to, text| to.access.issuer = Some(text.to_owned())),
    setting!("token-audience", "URL", "",
        "For whom a token must be: this hub, such as https://example.com/.well-known/mercure.",
        |to, text| to.access.audience = Some(text.to_owned())),
    setting!("public-url", "URL", "",
        "Where clients find this server, without a path: https://example.com.",
        |to, text| to.http.public_url = Some(origin(text)?)),
    setting!("subscriptions", "", "",
        "Tell those who may know it who is subscribed by the Mercure protocol, by private updates and in lists\n\
         below /.well-known/mercure/subscriptions.",
        |to, text| to.subscriptions = yes_or_no(text)?),
    setting!("debug-page", "YES-OR-NO", "no",
        "Serve a page at /debug on which to subscribe, to publish and to read tokens by hand.",
        |to, text| to.http.debug_page = yes_or_no(text)?),
    setting!("data", "PATH", "",
        "Keep the log in this file, which is made if there is none, and not just in memory.",
        |to, text| to.data = Some(text.into())),
    setting!("durability", "WHEN", "commit",
        "When a publisher is told that its event is stored, with --data:\n\
         commit       when it is on the disk; it survives a power cut\n\
         interval:MS  at once; it is on the disk MS milliseconds later, and what was stored in\n\
         \x20            between is lost if the program or the machine dies\n\
         none         at once; it is on the disk ten seconds later, or when the program ends",
        |to, text| to.durability = durability(text)?),
    setting!("redis", "URL", "",
        "Keep the log in a stream of this Redis or Valkey, which other hubs may share:\n\
         redis://USER:PASSWORD@HOST:PORT/DATABASE, with rediss for TLS, or redis+unix:///PATH. \
         Where sentinels say which one it is: redis+sentinel://HOST:PORT,HOST:PORT/NAME.",
        |to, text| to.redis.url = Some(SecretUrl(text.to_owned()))),
    setting!("redis-password-file", "FILE", "",
        "A file with the password, in place of one in the URL.",
        |to, text| to.redis.password_file = Some(text.into())),
    setting!("redis-prefix", "TEXT", "ssehub",
        "What the log's keys in Redis begin with. Hubs with the same one share a log.",
        |to, text| text.clone_into(&mut to.redis.prefix)),
    setting!("redis-wait", "NUMBER", "0",
        "Replicas of Redis that must have an event before its publisher is told that it is stored.",
        |to, text| to.redis.replicas = number(text, 0..=100)?),
    setting!("keep-events", "NUMBER", "10000, or 1000000 with --data or --redis",
        "Events that are kept for those who come back.",
        |to, text| to.keep.events = Some(number(text, 1..=KEPT_EVENTS)?)),
    setting!("keep-bytes", "SIZE", "64MiB, or 1GiB with --data or --redis",
        "Memory, or with --data the size of the records, of the events that are kept.",
        |to, text| to.keep.bytes = Some(bytes(text)?)),
    setting!("keep-age", "DURATION", "24h, or 720h with --data or --redis",
        "How long events are kept.",
        |to, text| to.keep.age = Some(duration_from(DEADLINE_LEAST, text)?)),
    setting!("keep-topic-events", "NUMBER", "",
        "Events of any one topic that are kept; not limited unless set.",
        |to, text| to.keep.topic_events = Some(number(text, 1..=1_000_000)?)),
    setting!("window-events", "NUMBER", "10000",
        "Events of a log on disk or in Redis that are also in memory.",
        |to, text| to.window.events = number(text, 1..=KEPT_EVENTS)?),
    setting!("window-bytes", "SIZE", "64MiB",
        "Memory for these events.",
        |to, text| to.window.bytes = bytes(text)?),
    setting!("deduplicate", "YES-OR-NO", "yes",
        "Take an event with an id that the log knows, on the same topic, for a repetition: it is\n\
         answered like the first one and not stored again.",
        |to, text| to.deduplicate = yes_or_no(text)?),
    setting!("heartbeat", "DURATION", "15s",
        "Pause between two heartbeats on a stream that has nothing else to say; 0s sends none.",
        |to, text| to.hub.heartbeat = duration(text)?),
    setting!("retry", "DURATION", "2s",
        "How long clients wait before they reconnect, 100ms to 10m: half as long to half as long again, by chance.",
        |to, text| to.hub.retry = duration_within(RETRY, text)?),
    setting!("presence-grace", "DURATION", "3s",
        "How long a user whose last connection has gone is still present, and may come back unnoticed.",
        |to, text| to.hub.presence_grace = duration(text)?),
    setting!("queue-events", "NUMBER", "64",
        "Events that wait for a slow subscriber before it has to read them from the log.",
        |to, text| to.hub.queue_events = number(text, 1..=QUEUE_EVENTS)?),
    setting!("stall", "DURATION", "30s",
        "How long a client may take nothing of what is written to it before it is given up.",
        |to, text| to.http.stall = duration_from(DEADLINE_LEAST, text)?),
    setting!("stream-life", "DURATION", "0s",
        "How long a stream may last. It ends, at random, after 80 to 100 % of that; clients come back and\n\
         miss nothing. 0s: for ever.",
        |to, text| to.http.stream_life = duration(text)?),
    setting!("idle", "DURATION", "75s",
        "How long a connection may stay open without a request.",
        |to, text| to.http.idle = duration_from(DEADLINE_LEAST, text)?),
    setting!("head-deadline", "DURATION", "10s",
        "How long the head of a request may take to arrive.",
        |to, text| to.http.head_deadline = duration_from(DEADLINE_LEAST, text)?),
    setting!("body-deadline", "DURATION", "30s",
        "How long the body of a request may take to arrive.",
        |to, text| to.http.body_deadline = duration_from(DEADLINE_LEAST, text)?),
    setting!("body-bytes", "SIZE", "1MiB",
        "Largest request body.",
        |to, text| to.http.body_bytes = bytes_up_to(BODY_BYTES, text)?),
    setting!("body-memory", "SIZE", "64MiB",
        "Memory that the bodies of all requests hold together. A request whose body finds no room is answered\n\
         with 503.",
        |to, text| to.http.body_memory = Arc::new(BodyMemory::new(bytes(text)?))),
    setting!("allowed-host", "NAME", "",
        "Answer only requests for this host, perhaps with a port, and for that of --public-url; *.example.org is\n\
         all names below example.org. Others get 421. Without it, a server that listens on loopback addresses\n\
         alone answers to names of this machine, others to any. May be repeated.",
        |to, text| to.http.allowed_hosts.push(parsed(text)?),
        clear |to| to.http.allowed_hosts.clear()),
    setting!("trusted-proxy", "ADDRESS-OR-NETWORK", "",
        "A proxy, such as 192.0.2.1, 10.0.0.0/8 or unix for whoever connects by a Unix socket: the fields\n\
         Forwarded and X-Forwarded-For of its requests name the client. May be repeated.",
        |to, text| to.limits.trusted_proxies.push(parsed(text)?),
        clear |to| to.limits.trusted_proxies.clear()),
    setting!("address-connections", "NUMBER", "0",
        "Connections of one address at a time, and of one /64 network of IPv6; one more is answered with\n\
         429. 0: not limited. An office behind one address needs one or more for each page.",
        |to, text| to.limits.address_connections = number(text, 0..=10_000_000)?),
    setting!("credential-subscriptions", "NUMBER", "0",
        "Streams and polls of one token's subject or one key at a time; one more is answered with 429.\n\
         0: not limited.",
        |to, text| to.limits.credential_subscriptions = number(text, 0..=10_000_000)?),
    setting!("publish-rate", "RATE", "0",
        "Events per second of one token's subject or one key, and perhaps how many at once: 10 or 10:100.\n\
         More are answered with 429. 0: not limited.",
        |to, text| to.limits.publish = rate(text)?),
    setting!("anonymous-publish-rate", "RATE", "0",
        "The same for those at one address who show no credential.",
        |to, text| to.limits.anonymous_publish = rate(text)?),
    setting!("join-rate", "RATE", "20:1000",
        "Topics per second that users at one address of the internet may join, and how many at once: each\n\
         is told to everyone who watches presence there. More are answered with 429. 0: not limited.",
        |to, text| to.limits.joins = rate(text)?),
];
