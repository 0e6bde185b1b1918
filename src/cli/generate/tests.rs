//! The files that are made from the settings are as they would be made now.

use std::path::Path;

use super::super::config;
use super::super::reasons::REASONS;
use super::*;

/// Compares a file with what it should be, or writes it.
#[track_caller]
fn check(path: &str, expected: impl FnOnce(&str) -> String) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    let expected = expected(&found);
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&file, expected).unwrap();
        return;
    }
    let mut lines = (1..).zip(found.lines().zip(expected.lines()));
    let differs = lines.find(|(_, (found, expected))| found != expected);
    assert!(
        found == expected,
        "{path} is out of date: run `make generate`; the first line that differs: {differs:?}"
    );
}

#[test]
fn the_example_of_a_file_is_made_from_the_settings() {
    check("deploy/ssehub.conf.example", |_| conf::text());
}

#[test]
fn the_page_is_made_from_the_settings() {
    check("docs/configuration.md", page::text);
}

#[test]
fn the_man_page_is_made_from_the_settings() {
    check("deploy/ssehub.1", |_| man::text());
}

#[test]
fn the_completions_are_made_from_the_settings() {
    check("deploy/completions/ssehub.bash", |_| bash::text());
    check("deploy/completions/_ssehub", |_| zsh::text());
    check("deploy/completions/ssehub.fish", |_| fish::text());
}

#[test]
fn every_example_can_be_read() {
    for setting in SETTINGS.iter().filter(|it| it.flag != "config") {
        let line = conf::line(setting);
        let file = config::parse("example", &line);
        assert_eq!(file.problems, [""; 0], "{line}");
        assert_eq!(file.given.len(), 1, "{line}");
        let set = (setting.set)(&mut Default::default(), &file.given[0].value);
        assert_eq!(set, Ok(()), "{line}");
    }
}

#[test]
fn every_reason_is_one_of_a_setting() {
    let mut flags: Vec<_> = SETTINGS.iter().map(|it| it.flag).collect();
    let mut reasons: Vec<_> = REASONS.iter().map(|it| it.flag).collect();
    flags.sort_unstable();
    reasons.sort_unstable();
    assert_eq!(reasons, flags);
}
