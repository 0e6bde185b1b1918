//! The servers, one entry each: what to run, with what configuration, in what dialect.
//!
//! `{addr}`, `{port}`, `{dir}` (a scratch folder of the run) and `{modules}` (nginx's modules)
//! stand for themselves in arguments, environment and files. The reasons for each configuration
//! are in README.md.

use crate::load::probe::IdField;

use super::dialect::{Dialect, Resume};

/// A server as the driver knows it.
pub struct Server {
    /// What `--servers` calls it.
    pub name: &'static str,
    /// What tables and charts call it.
    pub title: &'static str,
    /// The binary, looked for by `find`.
    pub program: &'static str,
    pub args: &'static [&'static str],
    pub env: &'static [(&'static str, &'static str)],
    /// Files written to `{dir}` first.
    pub files: &'static [(&'static str, &'static str)],
    pub dialect: Dialect,
    /// Writes before it reads on, so a reader that stalls would stop it for good.
    pub waits_for_readers: bool,
    /// Answers a publisher when the event is on the disk.
    pub on_disk: bool,
}

/// What most servers share.
const PLAIN: Dialect = Dialect {
    create: None,
    subscribe: "/events/{topic}",
    resume: Resume::Cannot,
    id_field: IdField::Id,
    publish: "/events/{topic}",
    body: "{text}",
    content_type: "text/plain",
    publish_headers: "",
};

const CHAT: Dialect = Dialect {
    subscribe: "/sse?user={user}&topic={topic}",
    publish: "/sse/message?topic={topic}",
    body: r#"{"message":"{text}","user":"bench"}"#,
    content_type: "application/json",
    ..PLAIN
};

const PEER: Server = Server {
    name: "",
    title: "",
    program: "",
    args: &["{addr}"],
    env: &[],
    files: &[],
    dialect: PLAIN,
    waits_for_readers: false,
    on_disk: false,
};

const SSEHUB: Server = Server {
    name: "ssehub",
    title: "ssehub",
    program: "ssehub",
    args: &["--listen", "{addr}"],
    dialect: Dialect {
        resume: Resume::Header,
        ..CHAT
    },
    ..PEER
};

/// Every server, in the order of tables and charts.
pub fn all() -> &'static [Server] {
    &SERVERS
}

/// The hub as it is without options.
pub fn hub() -> &'static Server {
    &SERVERS[0]
}

static SERVERS: [Server; 10] = [
    SSEHUB,
    Server {
        name: "ssehub-threads",
        title: "ssehub --threads 2",
        args: &["--listen", "{addr}", "--threads", "2"],
        ..SSEHUB
    },
    Server {
        name: "ssehub-disk",
        title: "ssehub --data",
        args: &["--listen", "{addr}", "--data", "{dir}/log.redb"],
        on_disk: true,
        ..SSEHUB
    },
    Server {
        name: "floor",
        title: "kernel floor",
        program: "floor",
        waits_for_readers: true,
        ..PEER
    },
    Server {
        name: "nchan",
        title: "nchan (nginx)",
        program: "nginx",
        args: &[
            "-e",
            "{dir}/error.log",
            "-p",
            "{dir}",
            "-c",
            "{dir}/nginx.conf",
        ],
        files: &[("nginx.conf", include_str!("../../peers/nginx.conf"))],
        dialect: Dialect {
            resume: Resume::Header,
            ..PLAIN
        },
        ..PEER
    },
    Server {
        name: "axum",
        title: "axum broadcast",
        program: "axum-broadcast",
        ..PEER
    },
    Server {
        name: "durable-streams",
        title: "durable-streams",
        program: "durable-streams-server",
        args: &[
            "--port",
            "{port}",
            "--data-dir",
            "{dir}/data",
            "--durability",
            "memory",
        ],
        dialect: Dialect {
            create: Some("/{topic}"),
            subscribe: "/{topic}?offset=now&live=sse",
            resume: Resume::Target("/{topic}?offset={id}&live=sse"),
            id_field: IdField::NextOffset,
            publish: "/{topic}",
            // The stream is bytes: without the line end, events would run together.
            body: "{text}\n",
            ..PLAIN
        },
        ..PEER
    },
    Server {
        name: "article-go",
        title: "article's hub (Go)",
        program: "article-go",
        args: &["-listen", "{addr}", "-buffer", "0"],
        dialect: CHAT,
        ..PEER
    },
    Server {
        name: "article-go-256",
        title: "article's hub (Go), buffers of 256",
        program: "article-go",
        args: &["-listen", "{addr}", "-buffer", "256"],
        dialect: CHAT,
        ..PEER
    },
    Server {
        name: "mercure",
        title: "Mercure reference hub",
        program: "mercure",
        args: &[
            "run",
            "--adapter",
            "caddyfile",
            "--config",
            "{dir}/Caddyfile",
        ],
        env: &[
            ("HOME", "{dir}"),
            ("XDG_DATA_HOME", "{dir}"),
            ("XDG_CONFIG_HOME", "{dir}"),
        ],
        files: &[("Caddyfile", include_str!("../../peers/Caddyfile"))],
        dialect: Dialect {
            subscribe: "/.well-known/mercure?topic={topic}",
            resume: Resume::Header,
            publish: "/.well-known/mercure",
            body: "topic={topic}&data={text}",
            content_type: "application/x-www-form-urlencoded",
            publish_headers: include_str!("../../peers/mercure-publisher.header"),
            ..PLAIN
        },
        ..PEER
    },
];
