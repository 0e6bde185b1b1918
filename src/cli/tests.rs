use std::time::Duration;

use super::{Command, Settings, command};

fn settings(args: &[&str], environment: &[(&str, &str)]) -> Result<Settings, String> {
    let args = ["ssehub"].iter().chain(args).map(Into::into);
    let variable = |name: &str| {
        let found = environment.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value.to_string())
    };
    match command(args, variable)? {
        Command::Serve(settings) => Ok(*settings),
        Command::Print(text) => Err(text),
    }
}

fn error(args: &[&str]) -> String {
    settings(args, &[]).unwrap_err()
}

#[test]
fn the_defaults_are_those_of_the_help() {
    // What a default depends on, or that there is none, the help says in words.
    let unset = |flag: &str| {
        flag.starts_with("keep-")
            || matches!(flag, "connections" | "cors-origin" | "static-dir" | "data")
    };
    let mut expected = Settings::default();
    expected.complete();
    for setting in super::SETTINGS.iter().filter(|it| !unset(it.flag)) {
        let mut told = Settings::default();
        told.hub.seed = expected.hub.seed;
        (setting.set)(&mut told, setting.default).unwrap();
        told.complete();
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
fn help_names_every_option() {
    let help = error(&["--help"]);
    for setting in super::SETTINGS {
        assert!(
            help.contains(&format!("  --{} ", setting.flag)),
            "{}",
            setting.flag
        );
    }
}
