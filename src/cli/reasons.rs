//! Why each default is what it is, for `deploy/ssehub.conf.example` and docs/configuration.md.

/// Why a default is what it is.
pub(super) struct Reason {
    pub(super) flag: &'static str,
    /// A value to begin with, where the default is none that could be written down.
    pub(super) example: &'static str,
    pub(super) why: &'static str,
}

/// One for every setting.
pub(super) const REASONS: &[Reason] = &[
    Reason {
        flag: "config",
        example: "",
        why: "A server that is started without a file does what its arguments say, and nothing that a file left behind says.",
    },
    Reason {
        flag: "listen",
        example: "",
        why: "Nobody but this machine can connect until you have said who may.",
    },
    Reason {
        flag: "admin-listen",
        example: "localhost:9090",
        why: "What a server does is nobody's business but its operator's, who knows an address that only they reach.",
    },
    Reason {
        flag: "socket-mode",
        example: "",
        why: "As open as a port of this machine: the proxy that connects is another user. The folder can keep out others.",
    },
    Reason {
        flag: "metrics",
        example: "",
        why: "Metrics tell strangers how busy a server is, and cost time to write.",
    },
    Reason {
        flag: "log-format",
        example: "",
        why: "People read a log first; programs are set up to read it later.",
    },
    Reason {
        flag: "access-log",
        example: "",
        why: "A line for each request costs more than the request.",
    },
    Reason {
        flag: "tls-cert",
        example: "/etc/ssehub/fullchain.pem",
        why: "A certificate names your host, and a proxy may have it already.",
    },
    Reason {
        flag: "tls-key",
        example: "/etc/ssehub/privkey.pem",
        why: "Only who has the key may use the certificate.",
    },
    Reason {
        flag: "acme-domain",
        example: "example.com",
        why: "A certificate is ordered in the name of whoever runs the server.",
    },
    Reason {
        flag: "acme-cache",
        example: "/var/lib/ssehub/acme",
        why: "Who orders anew at each start is refused by the authority soon.",
    },
    Reason {
        flag: "acme-contact",
        example: "ops@example.com",
        why: "An authority gives certificates to those, too, whom it cannot write to.",
    },
    Reason {
        flag: "acme-directory",
        example: "",
        why: "Every browser trusts its certificates, and they cost nothing.",
    },
    Reason {
        flag: "http-redirect",
        example: "0.0.0.0:80",
        why: "A second port is opened only if it is asked for.",
    },
    Reason {
        flag: "threads",
        example: "",
        why: "One thread serves ten thousand subscribers; a second costs memory, and more CPU time for each event.",
    },
    Reason {
        flag: "connections",
        example: "10000",
        why: "The system's limit is there already, and a connection takes about a kilobyte.",
    },
    Reason {
        flag: "drain",
        example: "",
        why: "Long enough for an answer that has begun, and below the 10 s after which `docker stop` kills.",
    },
    Reason {
        flag: "drain-spread",
        example: "5s",
        why: "Clients spread themselves over --retry when they come back, which is enough for some ten thousand.",
    },
    Reason {
        flag: "log",
        example: "",
        why: "Starts, stops, and one line for each request that is refused; not one for each that is served.",
    },
    Reason {
        flag: "cors-origin",
        example: "https://example.org",
        why: "Pages of other origins could act in the name of your visitors.",
    },
    Reason {
        flag: "static-dir",
        example: "/usr/share/ssehub/static",
        why: "The page in the binary fits the server; a folder is for those who change the page.",
    },
    Reason {
        flag: "open",
        example: "yes",
        why: "What everyone may write, spammers write.",
    },
    Reason {
        flag: "anonymous-read",
        example: "",
        why: "Most pushed events are for whoever looks at a page; what is not is published as private.",
    },
    Reason {
        flag: "api-keys",
        example: "/etc/ssehub/keys",
        why: "There is no key that everybody would know.",
    },
    Reason {
        flag: "token-key-file",
        example: "/etc/ssehub/token.pem",
        why: "There is no key that everybody would know.",
    },
    Reason {
        flag: "token-key-env",
        example: "SSEHUB_SECRET",
        why: "A file can be read by one user alone, and read again; the environment cannot.",
    },
    Reason {
        flag: "publisher-key-file",
        example: "/etc/ssehub/publishers.pem",
        why: "One key for both is enough where one application signs all tokens.",
    },
    Reason {
        flag: "subscriber-key-file",
        example: "/etc/ssehub/subscribers.pem",
        why: "One key for both is enough where one application signs all tokens.",
    },
    Reason {
        flag: "token-jwks-url",
        example: "https://example.com/.well-known/jwks.json",
        why: "There is no issuer of tokens that everybody would trust.",
    },
    Reason {
        flag: "publisher-jwks-url",
        example: "https://example.com/publishers.json",
        why: "One set for both is enough where one application signs all tokens.",
    },
    Reason {
        flag: "subscriber-jwks-url",
        example: "https://example.com/subscribers.json",
        why: "One set for both is enough where one application signs all tokens.",
    },
    Reason {
        flag: "jwks-refresh",
        example: "",
        why: "A key that was taken away is refused soon, and its issuer is asked seldom.",
    },
    Reason {
        flag: "ca-file",
        example: "/etc/ssehub/ca.pem",
        why: "The system's certificates are kept up to date by somebody.",
    },
    Reason {
        flag: "token-issuer",
        example: "https://example.com",
        why: "Tokens of draft 07 of the Mercure protocol name no issuer.",
    },
    Reason {
        flag: "token-audience",
        example: "https://example.com/.well-known/mercure",
        why: "Tokens of draft 07 of the Mercure protocol name no audience.",
    },
    Reason {
        flag: "public-url",
        example: "https://example.com",
        why: "Without it the server takes the name by which it was asked, which most proxies pass on.",
    },
    Reason {
        flag: "subscriptions",
        example: "yes",
        why: "Who listens is told to nobody unless you say so, and each subscriber costs two events more.",
    },
    Reason {
        flag: "debug-page",
        example: "",
        why: "Visitors have no use for it, and operators may turn it on.",
    },
    Reason {
        flag: "data",
        example: "/var/lib/ssehub/log.redb",
        why: "A file wants a place, and a decision about what is kept; memory wants neither.",
    },
    Reason {
        flag: "durability",
        example: "",
        why: "An event that was acknowledged should not be lost. Publishers that wait share the write.",
    },
    Reason {
        flag: "redis",
        example: "redis://localhost",
        why: "One hub is enough for most, and has nothing beside it that could fail.",
    },
    Reason {
        flag: "redis-password-file",
        example: "/etc/ssehub/redis-password",
        why: "Many a Redis has no password, and some have theirs in the URL.",
    },
    Reason {
        flag: "redis-prefix",
        example: "",
        why: "Hubs that share a Redis mostly share the log, and nothing else there begins like this.",
    },
    Reason {
        flag: "redis-wait",
        example: "",
        why: "Many a Redis has no replicas, and to wait for them takes a round trip more.",
    },
    Reason {
        flag: "keep-events",
        example: "10000",
        why: "In memory enough for a client that is away for minutes; on a disk, where room is cheap, for a month of most hubs.",
    },
    Reason {
        flag: "keep-bytes",
        example: "64MiB",
        why: "Small beside any server's memory, and beside any disk, but large beside what one client can miss.",
    },
    Reason {
        flag: "keep-age",
        example: "24h",
        why: "Who was away for longer than that had better load the page anew.",
    },
    Reason {
        flag: "keep-topic-events",
        example: "100",
        why: "The other limits hold for all topics together, and most hubs need no other.",
    },
    Reason {
        flag: "window-events",
        example: "",
        why: "Nearly all who come back have been away for seconds; the few others are served from the file.",
    },
    Reason {
        flag: "window-bytes",
        example: "",
        why: "Bounds the memory of a hub with large events, and is seldom reached by others.",
    },
    Reason {
        flag: "deduplicate",
        example: "",
        why: "A publisher that repeats an id does so because it has heard no answer.",
    },
    Reason {
        flag: "heartbeat",
        example: "",
        why: "Most proxies give up a silent connection after 30 or 60 s, and clients want to know that the stream lives.",
    },
    Reason {
        flag: "retry",
        example: "",
        why: "Short for whoever waits, and spread by chance so that not all come back at once.",
    },
    Reason {
        flag: "presence-grace",
        example: "",
        why: "A page that is loaded again is back within that, and nobody sees its user leave.",
    },
    Reason {
        flag: "queue-events",
        example: "",
        why: "Covers a client's short pause; memory is only taken while it lasts.",
    },
    Reason {
        flag: "stall",
        example: "",
        why: "A phone in a tunnel comes back in that time, and its client will resume if it takes longer.",
    },
    Reason {
        flag: "stream-life",
        example: "",
        why: "A long stream costs nothing. Set it where a credential that was taken away must stop to read in time.",
    },
    Reason {
        flag: "idle",
        example: "",
        why: "A little more than the 60 s for which most proxies keep a connection, so that they close it first.",
    },
    Reason {
        flag: "head-deadline",
        example: "",
        why: "A head is one packet or two; who sends it slower than that wants to keep the server busy.",
    },
    Reason {
        flag: "body-deadline",
        example: "",
        why: "The largest body passes within that at 300 kbit/s.",
    },
    Reason {
        flag: "body-bytes",
        example: "",
        why: "More than any message that a person reads; a file is better sent as its address.",
    },
    Reason {
        flag: "body-memory",
        example: "",
        why: "64 bodies of the largest size. Slow clients must not hold more than that.",
    },
    Reason {
        flag: "allowed-host",
        example: "example.com",
        why: "The server cannot know its public names. A page that binds its own name to a loopback address reaches nothing.",
    },
    Reason {
        flag: "trusted-proxy",
        example: "127.0.0.1",
        why: "Any client can write these fields; only you know whose word counts.",
    },
    Reason {
        flag: "address-connections",
        example: "",
        why: "Behind one address there may be an office, or a proxy. 200 is a good start for a public hub.",
    },
    Reason {
        flag: "credential-subscriptions",
        example: "",
        why: "Many servers may share one key, and one user may have many pages.",
    },
    Reason {
        flag: "publish-rate",
        example: "",
        why: "Publishers with a credential are yours, and know what they do.",
    },
    Reason {
        flag: "anonymous-publish-rate",
        example: "",
        why: "Nobody without a credential may publish unless you say so. 5:50 is a good start for a public hub.",
    },
    Reason {
        flag: "join-rate",
        example: "",
        why: "An office comes back at once after a restart; a stranger with new names does not flood those who watch.",
    },
];
