//! Tokens that are made are taken, and what is wrong with others is said.

use ssehub::auth::{Auth, Authority, Details, Keys, Peek, Rights};
use ssehub::{Selector, Topic};

use super::TokenCommand;
use crate::cli::{Command, command};

const SECRET: &str = "a secret for tests alone, as long as the longest of the hashes is";
const NOW: u64 = 1_795_000_000;

fn asked(args: &str) -> Result<TokenCommand, String> {
    let args = ["ssehub", "token"]
        .into_iter()
        .chain(args.split_whitespace());
    match command(args.map(Into::into), |_| None)? {
        Command::Token(command) => Ok(command),
        Command::Print(help) => Err(help),
        _ => Err("another command".to_owned()),
    }
}

fn error(args: &str) -> String {
    asked(args).unwrap_err()
}

fn minted(args: &str) -> Result<String, String> {
    match asked(&format!("--key-env KEY {args}"))? {
        TokenCommand::Mint(mint) => mint.token(SECRET, NOW),
        TokenCommand::Inspect(_) => Err("inspect".to_owned()),
    }
}

/// Header and claims of a new token.
fn shown(args: &str) -> (String, String) {
    let Peek { header, claims } = Peek::into(&minted(args).unwrap()).unwrap();
    (header, claims)
}

fn inspected(args: &str, token: &str, now: u64) -> (String, Result<(), String>) {
    match asked(&format!("inspect {args}")) {
        Ok(TokenCommand::Inspect(inspection)) => {
            inspection.report(token, Some(SECRET), now * 1_000).unwrap()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_token_of_draft_07() {
    let (header, claims) = shown("");
    assert_eq!(header, r#"{"alg":"HS256","typ":"JWT"}"#);
    assert_eq!(
        claims,
        r#"{"exp":1795003600,"iat":1795000000,"mercure":{}}"#
    );
    let (header, claims) = shown(
        "--publish a --publish b/{c} --subscribe * --payload {\"x\":1} --subject ann --kid k \
         --issuer us --audience hub --expires 90s --alg HS512",
    );
    assert_eq!(header, r#"{"alg":"HS512","kid":"k","typ":"JWT"}"#);
    assert_eq!(
        claims,
        r#"{"aud":"hub","exp":1795000090,"iat":1795000000,"iss":"us","mercure":{"payload":{"x":1},"publish":["a","b/{c}"],"subscribe":["*"]},"sub":"ann"}"#
    );
}

#[test]
fn a_token_of_draft_08() {
    let token = minted(
        "--details --issuer us --audience hub --publish a --publish * --subscribe b --payload 7",
    );
    let rules = Details::new("us".to_owned(), "hub".to_owned());
    let authority = Authority::new(Keys::from_text(SECRET).unwrap());
    let authority = authority.with_details(Some(rules)).with_plain(None);
    let auth = Auth::new(Rights::nothing()).with_authority(authority);
    let grant = auth.grant(Some(&token.unwrap()), NOW * 1_000).unwrap();
    let topic = |name| Topic::parse(name).unwrap();
    assert!(grant.may_publish(&topic("x")));
    assert!(grant.may_read(&topic("b")) && !grant.may_read(&topic("a")));
    assert_eq!(grant.payload(&Selector::Exact(topic("b"))), Some("7"));
    assert_eq!(grant.subject(), Some("ssehub"));
}

#[test]
fn a_token_is_inspected() {
    let token = minted("--publish a/{b} --subject ann").unwrap();
    let (text, verdict) = inspected("--key-env KEY", &token, NOW);
    assert_eq!(verdict, Ok(()));
    assert_eq!(
        text,
        r#"header     {"alg":"HS256","typ":"JWT"}
claims     {"exp":1795003600,"iat":1795000000,"mercure":{"publish":["a/{b}"]},"sub":"ann"}
accepted   yes
until      2026-11-18T12:06:40.000Z
subject    ann
publish    a/{b}
subscribe  nothing
"#
    );
    let (text, verdict) = inspected("--key-env KEY", &token, NOW + 3_600);
    assert!(text.ends_with("\naccepted   no\n"));
    assert_eq!(
        verdict.unwrap_err(),
        "the token is refused: the token or key has expired"
    );
    let (_, verdict) = inspected("--key-env KEY --audience hub", &token, NOW);
    let sentence = "the token is refused: the token is for another audience";
    assert_eq!(verdict.unwrap_err(), sentence);
}

#[test]
fn without_a_key_a_token_is_only_shown() {
    let token = minted("--publish a").unwrap();
    let Ok(TokenCommand::Inspect(inspection)) = asked(&format!("inspect {token}")) else {
        panic!("no inspection");
    };
    assert!(!format!("{inspection:?}").contains(&token));
    let (text, verdict) = inspection.report(&token, None, 0).unwrap();
    assert!(text.ends_with("\naccepted   not known: no key is given\n"));
    assert_eq!(verdict, Ok(()));
    for wrong in ["", "a.b.c", "e30.e30", "W10.\u{e9}.x"] {
        assert!(inspection.report(wrong, None, 0).is_err(), "{wrong}");
    }
}

#[test]
fn a_token_commands_no_terminal() {
    // {"a":"ESC[2J U+009B"}
    let token = "e30.eyJhIjoiXHUwMDFiWzJKIFx1MDA5YiJ9.x";
    let Ok(TokenCommand::Inspect(inspection)) = asked("inspect") else {
        panic!("no inspection");
    };
    let (text, _) = inspection.report(token, None, 0).unwrap();
    assert!(
        !text.contains(|it: char| it.is_control() && it != '\n'),
        "{text:?}"
    );
}

#[test]
fn what_cannot_be_asked_is_named() {
    for (args, expected) in [
        ("", "token: --key-file PATH or --key-env NAME is expected"),
        (
            "--key-file a --key-env b",
            "token: --key-file and --key-env exclude each other",
        ),
        (
            "--key-file a --key-file b",
            "token: --key-file is given twice",
        ),
        ("--key secret", "token: there is no option --key"),
        (
            "--key-file a secret",
            "token: there is one argument too many",
        ),
        (
            "inspect a b",
            "token inspect: there is one argument too many",
        ),
        (
            "inspect --publish a",
            "token inspect: there is no option --publish",
        ),
        (
            "--key-file a --publish a{",
            "token: --publish=a{: this is no URI template (RFC 6570): see its byte 2",
        ),
        (
            "--key-file a --payload x",
            "token: --payload=x: JSON is expected",
        ),
        (
            "--key-file a --expires soon",
            "token: --expires=soon: a duration such as 500ms, 10s, 5m, 24h or 30d is expected",
        ),
        (
            "--key-file a --alg none",
            "token: --alg=none: one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, \
             PS512, ES256, ES384 or EdDSA is expected",
        ),
        (
            "--key-file a --details",
            "token: --details needs --issuer and --audience",
        ),
        ("--key-file a --kid=", "token: --kid must not be empty"),
    ] {
        assert_eq!(error(args), expected, "{args}");
    }
    let rsa = minted("--alg RS256").unwrap_err();
    assert_eq!(rsa, "KEY: tokens are not signed with RS256 and such a key");
}

#[test]
fn the_help_names_every_option() {
    let help = error("--help");
    for option in super::MINT.options.iter().chain(super::MINT.flags) {
        assert!(help.contains(&format!("\n  --{option}")), "{option}");
    }
    assert!(
        super::INSPECT
            .options
            .iter()
            .all(|it| super::MINT.options.contains(it))
    );
    assert_eq!(error("inspect -h"), help);
}
