//! What the command line must do: options, environment, help, and what is refused.

mod clients;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ssehub::http::MetricsAccess;
use ssehub::server::Address;

use super::logger::LogFormat;
use super::settings::Setting;
use super::{Command, Settings, command};

fn asked(args: &[&str], environment: &[(&str, &str)]) -> Result<Command, String> {
    let args = ["ssehub"].iter().chain(args).map(Into::into);
    let variable = |name: &str| {
        let found = environment.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value.to_string())
    };
    command(args, variable)
}

fn settings(args: &[&str], environment: &[(&str, &str)]) -> Result<Settings, String> {
    match asked(args, environment)? {
        Command::Serve(settings) => Ok(*settings),
        Command::Print(text) => Err(text),
        Command::Log(command) => Err(format!("{command:?}")),
        Command::Token(command) => Err(format!("{command:?}")),
        Command::Key(command) => Err(format!("{command:?}")),
        Command::Check(check) => Err(format!("{check:?}")),
        Command::Health(command) => Err(format!("{command:?}")),
    }
}

fn error(args: &[&str]) -> String {
    settings(args, &[]).unwrap_err()
}

/// A file with this text, for as long as it is needed.
pub(super) struct Text(std::path::PathBuf);

impl Text {
    pub(super) fn new(text: &str) -> Text {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("ssehub-cli-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).unwrap();
        Text(path)
    }

    pub(super) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn the_defaults_are_those_of_the_help() {
    // What a default depends on, or that there is none, the help says in words.
    let unset = |it: &Setting| {
        it.default.is_empty() || it.flag.starts_with("keep-") || it.flag == "connections"
    };
    let mut expected = Settings::default();
    expected.complete(false, None);
    for setting in super::SETTINGS.iter().filter(|it| !unset(it)) {
        let mut told = Settings::default();
        told.hub.seed = expected.hub.seed;
        (setting.set)(&mut told, setting.default).unwrap();
        told.complete(false, None);
        assert_eq!(
            format!("{told:?}"),
            format!("{expected:?}"),
            "{}",
            setting.flag
        );
    }
}

#[test]
fn days_and_weeks_are_units_of_time() {
    let age = |text: &str| settings(&["--keep-age", text], &[]).map(|it| it.keep.age);
    let day = Duration::from_secs(24 * 60 * 60);
    assert_eq!(age("30d"), Ok(Some(30 * day)));
    assert_eq!(age("2w"), Ok(Some(14 * day)));
    for text in [
        "d",
        "0d",
        "1.5d",
        "-1d",
        "1 d",
        "1D",
        "30",
        "999999999999999w",
    ] {
        assert!(age(text).is_err(), "{text}");
    }
}

#[test]
fn a_container_that_is_stopped_has_time_to_drain() {
    const GRACE_OF_DOCKER: Duration = Duration::from_secs(10);
    let left = GRACE_OF_DOCKER - settings(&[], &[]).unwrap().drain;
    // To tell other hubs, and to flush the log.
    assert!(left >= Duration::from_secs(2), "{left:?}");
}

#[test]
fn an_argument_wins_over_the_environment() {
    let environment = [("SSEHUB_IDLE", "5s"), ("SSEHUB_STALL", "7s")];
    let settings = settings(&["--idle", "9s"], &environment).unwrap();
    assert_eq!(settings.http.idle, Duration::from_secs(9));
    assert_eq!(settings.http.stall, Duration::from_secs(7));
}

#[test]
fn a_list_on_the_command_line_replaces_the_one_in_the_environment() {
    let environment = [("SSEHUB_LISTEN", "127.0.0.1:1, unix:/tmp/a")];
    let listen = |args: &[&str]| {
        let settings = settings(args, &environment).unwrap();
        settings
            .listen
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(listen(&[]), ["127.0.0.1:1", "unix:/tmp/a"]);
    assert_eq!(
        listen(&["--listen", "[::1]:2", "--listen=localhost:3"]),
        ["[::1]:2", "localhost:3"]
    );
}

#[test]
fn the_environment_wins_over_a_file_and_an_argument_over_both() {
    let file = Text::new(
        "idle = \"1s\"\nstall = \"2s\"\nretry = \"3s\"\nlisten = [\"127.0.0.1:1\", \"unix:/a\"]\nopen = true\n",
    );
    let environment = [
        ("SSEHUB_CONFIG", file.path()),
        ("SSEHUB_STALL", "20s"),
        ("SSEHUB_RETRY", "30s"),
        ("SSEHUB_LISTEN", "127.0.0.1:2"),
    ];
    let told = settings(&["--retry=300s", "--open=no"], &environment).unwrap();
    let seconds = [told.http.idle, told.http.stall, told.hub.retry].map(|it| it.as_secs());
    assert_eq!(seconds, [1, 20, 300]);
    assert_eq!(format!("{:?}", told.listen), "[Tcp(127.0.0.1:2)]");
    let told = settings(&["--config", file.path()], &[]).unwrap();
    assert_eq!(told.listen.len(), 2);
}

#[test]
fn the_file_of_the_argument_is_read_and_that_of_the_environment_is_not() {
    let file = Text::new("idle = \"1s\"");
    let environment = [("SSEHUB_CONFIG", "/does/not/exist")];
    let told = settings(&["--config", file.path()], &environment).unwrap();
    assert_eq!(told.http.idle, Duration::from_secs(1));
    let missing = settings(&[], &environment).unwrap_err();
    assert!(
        missing.starts_with("cannot read /does/not/exist: "),
        "{missing}"
    );
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let file = Text::new("idle = \"soon\"\n\nthreads = \"2\"\n");
    let path = file.path();
    let environment = [("SSEHUB_STALL", "late")];
    assert_eq!(
        settings(&["--config", path, "--threads=0"], &environment).unwrap_err(),
        format!(
            "{path}:3: threads: a number without quotes is expected\n\
             ssehub: {path}:1: idle=soon: a duration such as 500ms, 10s, 5m, 24h or 30d is expected\n\
             ssehub: SSEHUB_STALL=late: a duration such as 500ms, 10s, 5m, 24h or 30d is expected\n\
             ssehub: --threads=0: a number from 1 to 256 is expected"
        )
    );
}

#[test]
fn a_platform_says_in_port_where_to_listen() {
    let listen = |args: &[&str], environment: &[(&str, &str)]| {
        settings(args, environment).map(|it| {
            let listen = it.listen.iter().map(ToString::to_string);
            (listen.collect::<Vec<_>>().join(" "), it.platform_port)
        })
    };
    let (everyone, port) = listen(&[], &[("PORT", "8123")]).unwrap();
    assert!(
        ["0.0.0.0:8123", "[::]:8123"].contains(&&*everyone),
        "{everyone}"
    );
    assert_eq!(port, Some(8123));
    assert!(!settings(&[], &[("PORT", "8123")]).unwrap().is_local());
    // Whoever says where to listen is not overruled.
    let own = |args: &[&str], environment: &[(&str, &str)]| {
        let environment = [environment, &[("PORT", "8123")]].concat();
        listen(args, &environment).unwrap()
    };
    assert_eq!(
        own(&["--listen=unix:/a"], &[]),
        ("unix:/a".to_owned(), None)
    );
    assert_eq!(
        own(&[], &[("SSEHUB_LISTEN", "127.0.0.1:9")]),
        ("127.0.0.1:9".to_owned(), None)
    );
    let process = std::process::id().to_string();
    let sockets = [("LISTEN_FDS", "1"), ("LISTEN_PID", process.as_str())];
    assert_eq!(own(&[], &sockets), (String::new(), None));
    // Kubernetes tells of a service called ssehub in a variable that is none of ours.
    let default = Ok(("localhost:8080".to_owned(), None));
    assert_eq!(
        listen(&[], &[("SSEHUB_PORT", "tcp://10.0.0.1:80")]),
        default
    );
    assert_eq!(listen(&[], &[("PORT", " ")]), default);
    for text in ["tcp://10.0.0.1:80", "0", "65536", "-1", "80,81"] {
        assert_eq!(
            listen(&[], &[("PORT", text)]),
            Err(format!(
                "PORT={text}: a port from 1 to 65535 is expected; --listen or SSEHUB_LISTEN take its place"
            ))
        );
        assert!(listen(&["--listen=unix:/a"], &[("PORT", text)]).is_ok());
    }
}

#[test]
fn only_a_list_is_taken_apart_at_commas() {
    let environment = [
        ("SSEHUB_DATA", "/a,b"),
        ("SSEHUB_CORS_ORIGIN", "http://a, http://b"),
    ];
    let told = settings(&[], &environment).unwrap();
    assert_eq!(told.data, Some("/a,b".into()));
    let origins = ["http://a", "http://b"].map(|it| it.parse().unwrap());
    assert_eq!(told.http.cors_origins, origins);
}

#[test]
fn wrong_values_are_named() {
    assert_eq!(
        error(&["--idle", "soon"]),
        "--idle=soon: a duration such as 500ms, 10s, 5m, 24h or 30d is expected"
    );
    assert_eq!(
        error(&["--listen", "example.org:80"]),
        "--listen=example.org:80: an address reads IP:PORT, localhost:PORT or unix:PATH"
    );
    assert_eq!(
        error(&["--frobnicate", "1"]),
        "there is no option --frobnicate"
    );
    assert_eq!(error(&["serve"]), "there is no command \"serve\"");
    assert!(error(&["--threads", "0"]).contains("from 1 to 256"));
    assert!(error(&["--body-bytes", "99999999999GiB"]).contains("a size"));
}

#[test]
fn a_log_in_redis_has_its_own_conditions() {
    let ready = |args: &[&str]| settings(args, &[]).unwrap().ready();
    let url = ["--redis", "redis://ann:secret@localhost/1"];
    assert!(ready(&[]).is_ok_and(|it| it.redis.is_none()));
    assert!(ready(&url).is_ok_and(|it| it.redis.is_some()));
    let refused = |more: &[&str]| match ready(&[&url[..], more].concat()) {
        Ok(_) => String::new(),
        Err(problems) => problems.join("; "),
    };
    for (more, reason) in [
        (
            ["--data", "/tmp/x"],
            "--data and --redis exclude each other",
        ),
        (
            ["--keep-topic-events", "5"],
            "--keep-topic-events does not go with --redis",
        ),
        (
            ["--redis-prefix", "a{b"],
            "--redis-prefix: a prefix of keys has",
        ),
        (
            ["--redis-password-file", "/nowhere"],
            "cannot read /nowhere",
        ),
    ] {
        assert!(refused(&more).contains(reason), "{}", refused(&more));
    }
    let odd = settings(&["--redis", "redis:secret"], &[]).unwrap();
    assert!(!odd.redis().unwrap_err().contains("secret"));
    assert!(!format!("{odd:?}").contains("secret"));
}

#[test]
fn help_names_every_option() {
    let help = error(&["--help"]);
    for setting in super::SETTINGS {
        assert!(
            help.contains(&format!("  --{}", setting.flag)),
            "{}",
            setting.flag
        );
    }
}

#[test]
fn who_watches_over_the_server_says_where_and_how() {
    let found = settings(&[], &[]).unwrap();
    assert_eq!(found.admin_listen, []);
    assert_eq!(found.http.metrics, MetricsAccess::Off);
    assert_eq!(found.log_format, LogFormat::Human);
    assert!(!found.http.access_log);
    let found = settings(
        &[
            "--metrics",
            "granted",
            "--log-format",
            "json",
            "--access-log",
            "yes",
        ],
        &[("SSEHUB_ADMIN_LISTEN", "localhost:9101")],
    );
    let found = found.unwrap();
    assert_eq!(found.admin_listen, [Address::Localhost(9101)]);
    assert_eq!(found.http.metrics, MetricsAccess::Granted);
    assert_eq!(found.log_format, LogFormat::Json);
    assert!(found.http.access_log);
    assert_eq!(
        error(&["--metrics", "yes"]),
        "--metrics=yes: it is off, granted or open"
    );
    assert_eq!(
        error(&["--log-format", "xml"]),
        "--log-format=xml: it is human or json"
    );
}

#[test]
fn keys_from_urls_are_lists_of_their_own() {
    let environment = [
        (
            "SSEHUB_TOKEN_JWKS_URL",
            "https://a.example/, https://b.example/",
        ),
        ("SSEHUB_PUBLISHER_JWKS_URL", "https://c.example/"),
        ("SSEHUB_TOKEN_KEY_FILE", "file"),
        ("SSEHUB_TOKEN_KEY_ENV", "VARIABLE"),
    ];
    let all = [
        "a.example",
        "b.example",
        "c.example",
        "d.example",
        "file",
        "VARIABLE",
    ];
    let named = |args: &[&str]| {
        let keys = settings(args, &environment).unwrap().access.token_keys;
        let keys = format!("{keys:?}");
        all.into_iter()
            .filter(|name| keys.contains(&format!("\"{name}\"")))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        named(&[]),
        ["a.example", "b.example", "c.example", "file", "VARIABLE"]
    );
    assert_eq!(
        named(&["--token-jwks-url", "https://d.example/"]),
        ["c.example", "d.example", "file", "VARIABLE"]
    );
    assert_eq!(
        named(&["--publisher-jwks-url", "https://d.example/"]),
        ["a.example", "b.example", "d.example", "file", "VARIABLE"]
    );
    assert_eq!(
        named(&["--token-key-env", "OTHER", "--token-key-file", "other"]),
        ["a.example", "b.example", "c.example"]
    );
}

#[test]
fn where_keys_cannot_be_fetched_from() {
    assert_eq!(
        error(&["--token-jwks-url", "http://example.com/keys"]),
        "--token-jwks-url=http://example.com/keys: keys are fetched from an https:// URL, or by http:// \
         from this machine"
    );
    assert_eq!(
        error(&["--jwks-refresh", "4s"]),
        "--jwks-refresh=4s: 5s or more is expected"
    );
    assert!(settings(&["--jwks-refresh", "5s"], &[]).is_ok());
}
