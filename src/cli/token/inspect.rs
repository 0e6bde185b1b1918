//! What is in a token, and whether it would be taken.

use std::fmt::Write as _;

use serde_json::Value;
use ssehub::Clock;
use ssehub::auth::{
    Auth, Authority, CREDENTIAL_BYTES, Details, Grant, Keys, Peek, Plain, Refusal, Rights,
};

use super::print;
use super::source::{KeySource, read_up_to};
use crate::cli::options::Options;
use crate::cli::values::time;

/// A token to look at.
#[derive(Debug)]
pub(crate) struct Inspection {
    key: Option<KeySource>,
    token: Option<Given>,
    issuer: Option<String>,
    audience: Option<String>,
}

/// A token that was given as an argument.
struct Given(String);

/// A token may be good, so it is shown to nobody.
impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl Inspection {
    pub(super) fn from(options: &Options) -> Result<Inspection, String> {
        let text = |name| options.one(name).map(|it| it.map(str::to_owned));
        Ok(Inspection {
            key: KeySource::from(options)?,
            token: options.words.first().cloned().map(Given),
            issuer: text("issuer")?,
            audience: text("audience")?,
        })
    }

    pub(super) fn run(self) -> Result<(), String> {
        let token = match &self.token {
            Some(Given(token)) => token.clone(),
            None => read_up_to(std::io::stdin().lock(), CREDENTIAL_BYTES)
                .map_err(|error| format!("cannot read a token: {error}"))?,
        };
        let key = self.key.as_ref().map(KeySource::read).transpose()?;
        let (text, verdict) =
            self.report(token.trim(), key.as_deref(), Clock::system().unix_ms())?;
        print(&text)?;
        verdict
    }

    /// What there is to say of a token at this time, and whether it is taken; an error, if there is
    /// nothing to say.
    pub(crate) fn report(
        &self,
        token: &str,
        key: Option<&str>,
        now_ms: u64,
    ) -> Result<(String, Result<(), String>), String> {
        let peek = Peek::into(token).map_err(|reason| reason.to_string())?;
        let mut text = format!("header     {}\n", line(&peek.header)?);
        _ = writeln!(text, "claims     {}", line(&peek.claims)?);
        let Some(key) = key else {
            text += "accepted   not known: no key is given\n";
            return Ok((text, Ok(())));
        };
        let verdict = match self.auth(key)?.grant(Some(token), now_ms) {
            Ok(grant) => {
                text += "accepted   yes\n";
                tell(&mut text, &grant);
                Ok(())
            }
            Err(refusal) => {
                _ = writeln!(text, "accepted   no");
                Err(sentence(&refusal))
            }
        };
        Ok((text, verdict))
    }

    /// Access control by this one key.
    fn auth(&self, key: &str) -> Result<Auth, String> {
        let blame = |error| match &self.key {
            Some(source) => source.blame(error),
            None => format!("{error}"),
        };
        let keys = Keys::from_text(key).map_err(blame)?;
        let details = self.issuer.clone().zip(self.audience.clone());
        let authority = Authority::new(keys)
            .with_details(details.map(|(issuer, resource)| Details::new(issuer, resource)))
            .with_plain(Some(
                Plain::default()
                    .issuer(self.issuer.clone())
                    .audience(self.audience.clone()),
            ));
        Ok(Auth::new(Rights::nothing()).with_authority(authority))
    }
}

fn tell(text: &mut String, grant: &Grant) {
    let until = grant.until_ms().map_or("for ever".to_owned(), time);
    _ = writeln!(text, "until      {until}");
    if let Some(subject) = grant.subject() {
        _ = writeln!(text, "subject    {}", visible(subject));
    }
    let rights = [
        ("publish", &grant.own().publish),
        ("subscribe", &grant.own().read),
    ];
    for (name, interest) in rights {
        if interest.selectors().is_empty() {
            _ = writeln!(text, "{name:<10} nothing");
        }
        for selector in interest.selectors() {
            _ = writeln!(text, "{name:<10} {}", visible(selector.as_str()));
        }
    }
}

fn sentence(refusal: &Refusal) -> String {
    format!("the token is refused: {refusal}")
}

/// JSON on one line.
fn line(json: &str) -> Result<String, String> {
    let value: Value = serde_json::from_str(json).map_err(|_| "the token is no JSON".to_owned())?;
    Ok(visible(&value.to_string()))
}

/// A token may be anybody's: it must not command the terminal.
fn visible(text: &str) -> String {
    text.replace(char::is_control, " ")
}
