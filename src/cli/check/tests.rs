//! What `ssehub check` finds wrong, and what it doubts.

use std::net::TcpListener;

use super::*;
use crate::cli::tests::Text;
use crate::cli::{Command, command};

fn check(args: &[&str]) -> Check {
    let args = ["ssehub", "check"].iter().chain(args).map(Into::into);
    match command(args, |_| None) {
        Ok(Command::Check(check)) => *check,
        Ok(_) => panic!("another command"),
        Err(error) => panic!("{error}"),
    }
}

fn errors(args: &[&str]) -> Vec<String> {
    check(args).told.errors()
}

fn doubts(args: &[&str]) -> Vec<String> {
    let check = check(args);
    assert_eq!(check.told.errors(), [""; 0]);
    doubts::of(&check.told)
}

#[test]
fn the_defaults_are_good() {
    assert_eq!(doubts(&[]), [""; 0]);
}

#[test]
fn every_wrong_value_is_an_error() {
    let told = errors(&["--idle=soon", "--threads=0"]);
    assert!(told[0].starts_with("--idle=soon: "), "{told:?}");
    assert!(told[1].starts_with("--threads=0: "), "{told:?}");
}

/// Each setting that is a number, a time or a size, with the least and with more than there is.
#[test]
fn values_out_of_bounds_are_errors_and_never_defects() {
    let wrong = |args: &[&str]| errors(args).first().cloned().unwrap_or_default();
    for flag in [
        "stall",
        "idle",
        "head-deadline",
        "body-deadline",
        "keep-age",
    ] {
        let told = wrong(&[&format!("--{flag}=0s")]);
        assert_eq!(told, format!("--{flag}=0s: 1ms or more is expected"));
    }
    for flag in [
        "heartbeat",
        "presence-grace",
        "drain",
        "drain-spread",
        "stream-life",
    ] {
        assert_eq!(wrong(&[&format!("--{flag}=0s")]), "");
    }
    let times = [
        "stall",
        "idle",
        "head-deadline",
        "body-deadline",
        "keep-age",
        "heartbeat",
        "retry",
    ];
    for flag in times
        .iter()
        .chain(&["presence-grace", "drain", "drain-spread", "stream-life"])
    {
        for time in ["87601h", "18446744073709551615ms"] {
            let told = wrong(&[&format!("--{flag}={time}")]);
            assert!(
                told.ends_with("a duration of at most 3650d is expected"),
                "{told}"
            );
        }
        let told = wrong(&[&format!("--{flag}=18446744073709551615h")]);
        assert!(told.contains("a duration such as"), "{told}");
    }
    for time in ["0s", "99ms", "601s"] {
        let told = wrong(&[&format!("--retry={time}")]);
        assert_eq!(told, format!("--retry={time}: 100ms to 600s is expected"));
    }
    for flag in [
        "queue-events",
        "keep-events",
        "keep-topic-events",
        "window-events",
    ] {
        for number in ["0", "18446744073709551615"] {
            let told = wrong(&[&format!("--{flag}={number}")]);
            assert!(told.contains("a number from 1 to "), "{told}");
        }
    }
    for flag in ["keep-bytes", "window-bytes", "body-bytes"] {
        let told = wrong(&[&format!("--{flag}=0")]);
        assert!(told.contains("a size such as"), "{told}");
    }
    let told = wrong(&["--body-bytes=18446744073709551615"]);
    assert!(
        told.ends_with("a size of at most 1024 MiB is expected"),
        "{told}"
    );
    for flag in ["keep-bytes", "window-bytes"] {
        assert_eq!(wrong(&[&format!("--{flag}=18446744073709551615")]), "");
    }
    let told = wrong(&["--drain=1s", "--drain-spread=2s"]);
    assert_eq!(
        told,
        "--drain-spread (2s) must not be longer than --drain (1s)"
    );
}

#[test]
fn files_are_read() {
    let keys = Text::new("no key");
    let path = keys.path();
    let told = errors(&["--api-keys", path, "--token-key-file", path]);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|it| it.starts_with(path)), "{told:?}");
    for option in ["--api-keys", "--token-key-file", "--static-dir"] {
        let told = errors(&[option, "/does/not/exist"]);
        assert_eq!(
            told,
            ["cannot read /does/not/exist: No such file or directory (os error 2)"]
        );
    }
}

#[test]
fn the_log_needs_a_place() {
    let place = Text::new("");
    let within = format!("{}/log.redb", place.path());
    assert_eq!(errors(&["--data", place.path()]), [""; 0]);
    assert_eq!(errors(&["--data=not-there-yet.redb"]), [""; 0]);
    assert_eq!(
        errors(&["--data=/does/not/exist"]),
        ["--data=/does/not/exist: No such file or directory (os error 2)"]
    );
    assert_eq!(errors(&["--data", &within]).len(), 1);
    assert_eq!(errors(&["--data=/"]).len(), 1);
}

#[test]
fn addresses_must_be_ours_and_not_taken_twice() {
    assert_eq!(
        errors(&["--listen=192.0.2.1:80"]),
        ["cannot listen on 192.0.2.1:80: Cannot assign requested address (os error 99)"]
    );
    assert_eq!(
        errors(&["--listen=unix:/does/not/exist"]),
        ["cannot listen on unix:/does/not/exist: No such file or directory (os error 2)"]
    );
    assert_eq!(
        errors(&["--listen=localhost:1", "--listen=localhost:1"]),
        ["--listen=localhost:1: this is named twice"]
    );
    let any_port = ["--listen=127.0.0.1:0", "--listen=127.0.0.1:0"];
    assert_eq!(errors(&any_port), [""; 0]);
}

#[test]
fn addresses_that_hold_one_port_are_named() {
    let both = |one: &str, other: &str| {
        errors(&[
            &format!("--listen={one}"),
            &format!("--admin-listen={other}"),
        ])
    };
    for (one, other) in [
        ("0.0.0.0:1", "127.0.0.1:1"),
        ("127.0.0.1:1", "0.0.0.0:1"),
        ("localhost:1", "[::1]:1"),
    ] {
        assert_eq!(
            both(one, other),
            [format!(
                "--admin-listen={other}: {one} is named, too, and holds the same port"
            )]
        );
    }
    for (one, other) in [
        ("0.0.0.0:1", "127.0.0.1:2"),
        ("0.0.0.0:1", "[::1]:1"),
        ("127.0.0.1:1", "127.0.0.2:1"),
        ("127.0.0.1:0", "0.0.0.0:0"),
    ] {
        assert_eq!(both(one, other), [""; 0], "{one} {other}");
    }
}

#[test]
fn what_cannot_be_made_there_is_an_error() {
    let file = Text::new("no socket, and no log");
    let path = file.path();
    assert_eq!(
        errors(&[&format!("--listen=unix:{path}")]),
        [format!(
            "cannot listen on unix:{path}: a file that is no socket stands there"
        )]
    );
    let long = "x".repeat(200);
    let told = errors(&[&format!("--listen=unix:/tmp/{long}")]);
    assert!(told[0].contains("must be shorter"), "{told:?}");
    let told = errors(&["--data", path]);
    assert!(told[0].contains("is damaged or not a log"), "{told:?}");
    assert_eq!(errors(&["--acme-cache", path]).len(), 1);
    assert_eq!(errors(&["--acme-cache", &format!("{path}/cache")]).len(), 1);
    assert_eq!(errors(&["--acme-cache=not/there/yet"]), [""; 0]);
}

#[test]
fn a_port_that_is_taken_is_no_error() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    assert_eq!(errors(&[&format!("--listen={address}")]), [""; 0]);
}

#[test]
fn more_connections_than_descriptors_are_an_error() {
    let told = errors(&["--connections=10000000"]);
    assert!(told[0].starts_with("10000000 connections need"), "{told:?}");
}

#[test]
fn what_can_hardly_be_meant_is_doubted() {
    let secret = Text::new("a secret for tests alone, which is long enough");
    let key = format!("--token-key-file={}", secret.path());
    let cases: [(&[&str], &str); 12] = [
        (
            &["--durability=none"],
            "--durability does nothing without --data",
        ),
        (
            &["--window-events=1"],
            "--window-events does nothing without --data",
        ),
        (
            &["--token-issuer=a"],
            "--token-issuer does nothing without keys of tokens",
        ),
        (
            &["--open", &key],
            "everyone may publish, as --open says, also without a credential",
        ),
        (
            &["--listen=0.0.0.0:8080"],
            "nobody may publish, for want of --token-key-file, --api-keys or --open",
        ),
        (
            &["--listen=unix:/tmp/ssehub-check.sock"],
            "nobody may publish, for want of --token-key-file, --api-keys or --open",
        ),
        (
            &["--trusted-proxy=127.0.0.1", "--allowed-host=example.org"],
            "nobody may publish, for want of --token-key-file, --api-keys or --open",
        ),
        (
            &["--trusted-proxy=127.0.0.1", &key],
            "what a proxy passes on for a public name is answered with 421; name it with --allowed-host",
        ),
        (
            &["--anonymous-read=no"],
            "nobody may read: --anonymous-read is no, and there are no credentials",
        ),
        (
            &["--keep-topic-events=20000"],
            "--keep-topic-events=20000 does nothing: --keep-events=10000 is less",
        ),
        (
            &["--address-connections=5"],
            "behind a proxy on this machine all clients share the limits of one address; name it with --trusted-proxy",
        ),
        (
            &["--cors-origin=https://*.org"],
            "--cors-origin: with a single name behind the *, pages of strangers may call, with their visitors' cookies",
        ),
    ];
    for (args, expected) in cases {
        assert_eq!(doubts(args), [expected], "{args:?}");
    }
}

#[test]
fn what_goes_together_is_not_doubted() {
    let secret = Text::new("a secret for tests alone, which is long enough");
    let key = format!("--token-key-file={}", secret.path());
    let sets: [&[&str]; 7] = [
        &["--data=a.redb", "--durability=none", "--window-bytes=1MiB"],
        &[
            &key,
            "--token-issuer=a",
            "--token-audience=b",
            "--anonymous-read=no",
        ],
        &["--listen=0.0.0.0:8080", &key],
        &["--listen=0.0.0.0:8080", "--open", "--address-connections=5"],
        &[
            &key,
            "--address-connections=5",
            "--trusted-proxy=127.0.0.1",
            "--public-url=https://example.org",
        ],
        &["--cors-origin=*", "--cors-origin=https://example.org:8443"],
        &[
            "--cors-origin=capacitor://localhost",
            "--cors-origin=https://*.example.org",
            "--cors-origin=http://*.localhost:3000",
            "--cors-origin=null",
        ],
    ];
    for args in sets {
        assert_eq!(doubts(args), [""; 0], "{args:?}");
    }
}
