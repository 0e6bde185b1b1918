//! What the command line must do: options, environment, help, and what is refused.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ssehub::http::MetricsAccess;
use ssehub::server::Address;
use ssehub::{Start, Topic};

use super::logger::LogFormat;
use super::settings::Setting;
use super::{Command, LogCommand, Settings, command};

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

/// What is to be done with a log, or why that is not known.
fn log(args: &[&str]) -> String {
    let args: Vec<_> = ["log"].iter().chain(args).copied().collect();
    match asked(&args, &[("SSEHUB_DATA", "from/environment")]) {
        Ok(Command::Log(command)) => format!("{command:?}"),
        Ok(Command::Print(help)) => help,
        Ok(_) => "another command".to_owned(),
        Err(error) => error,
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
    expected.complete(false);
    for setting in super::SETTINGS.iter().filter(|it| !unset(it)) {
        let mut told = Settings::default();
        told.hub.seed = expected.hub.seed;
        (setting.set)(&mut told, setting.default).unwrap();
        told.complete(false);
        assert_eq!(
            format!("{told:?}"),
            format!("{expected:?}"),
            "{}",
            setting.flag
        );
    }
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
             ssehub: {path}:1: idle=soon: a duration such as 500ms, 10s, 5m or 24h is expected\n\
             ssehub: SSEHUB_STALL=late: a duration such as 500ms, 10s, 5m or 24h is expected\n\
             ssehub: --threads=0: a number from 1 to 256 is expected"
        )
    );
}

#[test]
fn only_a_list_is_taken_apart_at_commas() {
    let environment = [
        ("SSEHUB_DATA", "/a,b"),
        ("SSEHUB_CORS_ORIGIN", "http://a, http://b"),
    ];
    let told = settings(&[], &environment).unwrap();
    assert_eq!(told.data, Some("/a,b".into()));
    assert_eq!(told.http.cors_origins, ["http://a", "http://b"]);
}

#[test]
fn wrong_values_are_named() {
    assert_eq!(
        error(&["--idle", "soon"]),
        "--idle=soon: a duration such as 500ms, 10s, 5m or 24h is expected"
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
    let redis = |args: &[&str]| settings(args, &[]).unwrap().redis();
    let url = ["--redis", "redis://ann:secret@localhost/1"];
    assert!(redis(&[]).unwrap().is_none());
    assert!(redis(&url).unwrap().is_some());
    let refused = |more: &[&str]| redis(&[&url[..], more].concat()).unwrap_err();
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
fn a_log_is_read_and_written_where_its_file_is() {
    assert_eq!(log(&["list"]), r#"List { data: "from/environment" }"#);
    assert_eq!(log(&["import", "--data", "a"]), r#"Import { data: "a" }"#);
    assert_eq!(
        error(&["log", "list"]),
        "log list: --data PATH is expected, the log's file"
    );
}

#[test]
fn what_is_exported_can_be_narrowed_down() {
    let export = |args: &[&str]| match asked(args, &[]) {
        Ok(Command::Log(LogCommand::Export {
            interest, start, ..
        })) => {
            let is_asked_for = |name: &str| interest.matches(&Topic::parse(name).unwrap());
            (["x", "y", "*"].map(is_asked_for), start)
        }
        _ => panic!("{args:?}"),
    };
    assert_eq!(
        export(&["log", "export", "--data=a"]),
        ([true, true, true], Start::Earliest)
    );
    assert_eq!(
        export(&[
            "log",
            "export",
            "--data=a",
            "--topic=x",
            "--after=#1-0",
            "--topic=*"
        ]),
        ([true, false, true], Start::After("#1-0".to_owned()))
    );
}

#[test]
fn a_server_is_followed_where_it_listens() {
    let follows = |place: &str, ca: &str, rest: &str| {
        format!("Follow {{ server: Server {{ place: Place {{ {place} }}, ca: {ca} }}, {rest} }}")
    };
    assert_eq!(
        log(&["follow"]),
        follows(
            r#"is_https: false, host: "localhost", port: 8080, authority: "localhost:8080""#,
            "None",
            r#"topic: "chat", start: Now"#
        )
    );
    assert_eq!(
        log(&["follow", "http://[::1]:9/", "--topic=x", "--after=earliest"]),
        follows(
            r#"is_https: false, host: "::1", port: 9, authority: "[::1]:9""#,
            "None",
            r#"topic: "x", start: Earliest"#
        )
    );
    assert_eq!(
        log(&["follow", "https://Hub.example", "--ca=root.pem"]),
        follows(
            r#"is_https: true, host: "hub.example", port: 443, authority: "hub.example""#,
            r#"Some("root.pem")"#,
            r#"topic: "chat", start: Now"#
        )
    );
    for url in [
        "localhost:80",
        "ftp://127.0.0.1:80",
        "http://localhost:x",
        "http://127.0.0.1:80/sse",
        "https://hub.example/?x",
        "https://hub.example/#x",
        "https://user@hub.example",
        "https://:password@hub.example",
        "https://",
        "",
    ] {
        let expected = format!(
            "log follow: {url}: a server's URL reads http://HOST:PORT or https://HOST:PORT"
        );
        assert_eq!(log(&["follow", url]), expected);
    }
    assert_eq!(
        log(&["follow", "http://hub.example", "--ca=root.pem"]),
        "log follow: http://hub.example: --ca is for a URL with https"
    );
}

#[test]
fn what_a_log_cannot_be_asked_is_named() {
    let cases: [(&[&str], &str); 10] = [
        (
            &[],
            "log list, log export, log import or log follow is expected",
        ),
        (&["tail"], "there is no command \"log tail\""),
        (
            &["list", "--topic", "x"],
            "log list: there is no option --topic",
        ),
        (&["list", "a"], "log list: \"a\" is one argument too many"),
        (
            &["follow", "--data", "a"],
            "log follow: there is no option --data",
        ),
        (&["follow", "-x"], "log follow: there is no option -x"),
        (
            &["export", "--topic", "a\u{7}"],
            "log export: --topic=a\u{7}: a topic must not hold control characters",
        ),
        (
            &["export", "--after="],
            "log export: --after must not be empty",
        ),
        (
            &["export", "--after"],
            "log export: missing argument for option '--after'",
        ),
        (
            &["follow", "--topic=a", "--topic=b"],
            "log follow: --topic: one topic can be followed at a time",
        ),
    ];
    for (args, expected) in cases {
        assert_eq!(log(args), expected);
    }
    assert_eq!(
        error(&["--idle", "1s", "log"]),
        "there is no command \"log\""
    );
}

#[test]
fn the_help_of_logs_is_one() {
    let help = log(&["--help"]);
    assert!(error(&["--help"]).contains("ssehub log --help"));
    for command in ["list", "export", "import", "follow"] {
        assert!(help.contains(&format!("\n  {command}\n")), "{command}");
        assert_eq!(log(&[command, "--help"]), help);
        assert_eq!(log(&[command, "-h"]), help);
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
