//! What the commands must do that ask a server, or work on a log.

use ssehub::{Start, Topic};

use super::{Text, asked, error};
use crate::cli::settings::Setting;
use crate::cli::{Command, LogCommand};

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
            let is_asked_for =
                |name: &str| Topic::parse(name).is_ok_and(|it| interest.matches(&it));
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
    let follows = |way: &str, authority: &str, rest: &str| {
        format!(
            "Follow {{ server: Server {{ way: {way}, authority: {authority:?}, credential: None }}, {rest} }}"
        )
    };
    assert_eq!(
        log(&["follow"]),
        follows(
            r#"Http { host: "localhost", port: 8080 }"#,
            "localhost:8080",
            r#"topic: "chat", start: Now"#
        )
    );
    assert_eq!(
        log(&["follow", "http://[::1]:9/", "--topic=x", "--after=earliest"]),
        follows(
            r#"Http { host: "::1", port: 9 }"#,
            "[::1]:9",
            r#"topic: "x", start: Earliest"#
        )
    );
    assert_eq!(
        log(&["follow", "https://Hub.example", "--ca=root.pem"]),
        follows(
            r#"Https { host: "hub.example", port: 443, trusted: File("root.pem") }"#,
            "hub.example",
            r#"topic: "chat", start: Now"#
        )
    );
    assert_eq!(
        log(&["follow", "unix:/run/hub.sock"]),
        follows(
            r#"Unix("/run/hub.sock")"#,
            "localhost",
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
        "unix:",
        "",
    ] {
        let expected = format!(
            "log follow: {url}: a server's URL reads http://HOST:PORT or https://HOST:PORT, or unix:PATH"
        );
        assert_eq!(log(&["follow", url]), expected);
    }
    assert_eq!(
        log(&["follow", "http://hub.example", "--ca=root.pem"]),
        "log follow: http://hub.example: --ca is for a URL with https"
    );
}

#[test]
fn a_follower_has_a_credential_from_a_file_or_the_environment() {
    let follow = |args: &[&str], key: &str| match asked(
        &[&["log", "follow"], args].concat(),
        &[("SSEHUB_KEY", key)],
    ) {
        Ok(Command::Log(LogCommand::Follow { server, .. })) => format!("{server:?}"),
        Ok(_) => "another command".to_owned(),
        Err(error) => error,
    };
    assert!(follow(&[], "ssehub_secret").contains("credential: Some(…)"));
    assert!(follow(&[], " ").contains("credential: None"));
    assert!(follow(&[], "two words").starts_with("log follow: SSEHUB_KEY: its first line"));
    // What `ssehub key` prints.
    let file = Text::new("ssehub_secret\n{\"name\":\"a\"}\n");
    let path = file.path();
    let shown = follow(&["--key-file", path], "another");
    assert!(
        shown.contains(&format!("Some({path:?})")) && !shown.contains("secret"),
        "{shown}"
    );
    let second = Text::new("{\"name\":\"a\"}\n");
    let wrong = follow(&["--key-file", second.path()], "");
    assert!(
        wrong.contains("the key is the line that `ssehub key` prints before it"),
        "{wrong}"
    );
    for text in ["", "\n \n", "a b\n", "ü"] {
        let file = Text::new(text);
        let wrong = follow(&["--key-file", file.path()], "");
        assert!(
            wrong.ends_with("its first line is to be an API key or a token"),
            "{wrong}"
        );
    }
    assert!(follow(&["--key-file=/none"], "").contains("cannot read /none"));
    assert!(
        follow(&["ssehub_secret", "http://localhost:1"], "").ends_with("one argument too many")
    );
    assert!(Setting::named("key").is_none(), "SSEHUB_KEY is no setting");
}

#[test]
fn health_asks_the_server_with_these_settings() {
    let health = |args: &[&str], environment: &[(&str, &str)]| match asked(
        &[&["health"], args].concat(),
        environment,
    ) {
        Ok(Command::Health(command)) => format!("{command:?}"),
        Ok(_) => "another command".to_owned(),
        Err(error) => error,
    };
    let asks = |way: &str, authority: &str| {
        format!(
            "HealthCommand {{ server: Server {{ way: {way}, authority: {authority:?}, credential: None }} }}"
        )
    };
    let http = |host: &str, port: u16| format!("Http {{ host: {host:?}, port: {port} }}");
    let listen = |address: &str| health(&[], &[("SSEHUB_LISTEN", address)]);
    assert_eq!(
        health(&[], &[]),
        asks(&http("localhost", 8080), "localhost:8080")
    );
    assert_eq!(
        listen("0.0.0.0:9"),
        asks(&http("127.0.0.1", 9), "127.0.0.1:9")
    );
    assert_eq!(listen("[::]:9"), asks(&http("::1", 9), "[::1]:9"));
    assert_eq!(
        listen("192.0.2.1:9,unix:/a"),
        asks(&http("192.0.2.1", 9), "192.0.2.1:9")
    );
    assert_eq!(listen("unix:/a"), asks(r#"Unix("/a")"#, "localhost"));
    assert!(listen("127.0.0.1:0").ends_with("the system chooses the port, so give a URL"));
    assert!(health(&[], &[("PORT", "9")]).contains("port: 9"));
    for (name, host) in [
        ("example.org", "example.org"),
        ("*.example.org:8443", "www.example.org:8443"),
    ] {
        assert_eq!(
            health(&[], &[("SSEHUB_ALLOWED_HOST", name)]),
            asks(&http("localhost", 8080), host)
        );
    }
    let file = Text::new("listen = \"unix:/a\"\ntls-cert = \"c\"\ntls-key = \"k\"\n");
    let config = ["--config", file.path()];
    assert_eq!(health(&config, &[]), asks(r#"Unix("/a")"#, "localhost"));
    let https = r#"Https { host: "127.0.0.1", port: 9, trusted: Any }"#;
    assert_eq!(
        health(&config, &[("SSEHUB_LISTEN", "127.0.0.1:9")]),
        asks(https, "127.0.0.1:9")
    );
    let cases: [(&[&str], &str); 3] = [
        (&["--ca=root.pem"], "health: --ca is for a URL with https"),
        (
            &["http://localhost:1", "--config=a"],
            "health: a URL and --config exclude each other",
        ),
        (
            &["--config=/none"],
            "health: cannot read /none: No such file or directory (os error 2)",
        ),
    ];
    for (args, expected) in cases {
        assert_eq!(health(args, &[]), expected);
    }
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
