//! `ssehub key` makes lines that a server reads.

use ssehub::Topic;
use ssehub::auth::{ApiKey, ApiKeys, Auth, Rights};

use super::KeyCommand;
use crate::cli::{Command, command};

fn asked(args: &[&str]) -> Result<KeyCommand, String> {
    let args = ["ssehub", "key"].iter().chain(args).map(Into::into);
    match command(args, |_| None)? {
        Command::Key(command) => Ok(command),
        Command::Print(help) => Err(help),
        _ => Err("another command".to_owned()),
    }
}

#[test]
fn the_line_is_one_that_a_server_reads() {
    let key = ApiKey::from_bytes(&[7; 32]);
    let args = [
        "shop 1",
        "--publish=a/{b}",
        "--publish",
        "c",
        "--subscribe=*",
        "--expires=1h",
    ];
    let line = asked(&args).unwrap().line(&key, 1_000).unwrap();
    let digest = key.digest();
    assert_eq!(
        line,
        format!(
            r#"{{"name":"shop 1","sha256":"{digest}","publish":["a/{{b}}","c"],"subscribe":["*"],"expires":4600}}"#
        )
    );
    let auth = Auth::new(Rights::nothing()).with_api_keys(ApiKeys::parse(&line).unwrap());
    let grant = auth.grant(Some(key.reveal()), 0).unwrap();
    assert!(grant.may_publish(&Topic::parse("a/7").unwrap()));
    assert_eq!(
        (grant.subject(), grant.until_ms()),
        (Some("shop 1"), Some(4_600_000))
    );
    let bare = asked(&["x"]).unwrap().line(&key, 0).unwrap();
    assert_eq!(
        bare,
        format!(r#"{{"name":"x","sha256":"{digest}","publish":[],"subscribe":[]}}"#)
    );
}

#[test]
fn what_cannot_be_asked_is_named() {
    let cases: [(&[&str], &str); 6] = [
        (&[], "key: NAME is expected"),
        (
            &[""],
            "key: a name is not empty and has no control characters",
        ),
        (
            &["a\nb"],
            "key: a name is not empty and has no control characters",
        ),
        (&["a", "b"], "key: there is one argument too many"),
        (
            &["a", "--subscribe", "{"],
            "key: --subscribe={: this is no URI template (RFC 6570): see its byte 1",
        ),
        (&["a", "--key", "b"], "key: there is no option --key"),
    ];
    for (args, expected) in cases {
        assert_eq!(asked(args).unwrap_err(), expected);
    }
}

#[test]
fn the_help_names_every_option() {
    let help = asked(&["--help"]).unwrap_err();
    for option in super::TAKES.options {
        assert!(help.contains(&format!("\n  --{option}")), "{option}");
    }
}
