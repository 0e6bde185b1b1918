//! The claims of a token that was verified.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::object::Object;
use super::plain::PlainClaim;
use super::refusal::Reason;
use super::token::present;

/// Audiences of one token: more than any has, and each is compared.
pub const AUDIENCES: usize = 100;

/// The registered claims (RFC 7519, section 4.1), and those of the Mercure protocol. Others are
/// ignored. A claim of a wrong type makes the whole token unreadable: it must not count as absent.
#[derive(Deserialize)]
pub(super) struct Claims {
    #[serde(default, deserialize_with = "present")]
    exp: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    nbf: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    iss: Option<String>,
    #[serde(default, deserialize_with = "present")]
    aud: Option<Audience>,
    #[serde(default, deserialize_with = "present")]
    pub(super) sub: Option<String>,
    mercure: Option<Object<PlainClaim>>,
    #[serde(rename = "https://mercure.rocks/")]
    namespaced: Option<Object<PlainClaim>>,
    authorization_details: Option<Box<RawValue>>,
}

/// RFC 7519, section 4.1.3: one, or a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Claims {
    pub(super) fn read(json: &[u8]) -> Result<Claims, Reason> {
        let Object(claims): Object<Claims> =
            serde_json::from_slice(json).map_err(|_| Reason::Claims)?;
        match &claims.aud {
            Some(Audience::Many(list)) if list.len() > AUDIENCES => Err(Reason::Claims),
            _ => Ok(claims),
        }
    }

    pub(super) fn is_by(&self, issuer: &str) -> bool {
        self.iss.as_deref() == Some(issuer)
    }

    pub(super) fn is_for(&self, audience: &str) -> bool {
        match &self.aud {
            None => false,
            Some(Audience::One(only)) => only == audience,
            Some(Audience::Many(list)) => list.iter().any(|it| it == audience),
        }
    }

    /// RFC 7519, sections 4.1.4 and 4.1.5. There is no leeway: a connection ends at `exp` sharp.
    pub(super) fn check_time(&self, now_ms: u64) -> Result<(), Reason> {
        if self.until_ms().is_some_and(|until_ms| until_ms <= now_ms) {
            return Err(Reason::Expired);
        }
        if self.nbf.is_some_and(|nbf| now_ms < unix_ms(nbf)) {
            return Err(Reason::NotYetValid);
        }
        Ok(())
    }

    /// The end of `exp`, in Unix milliseconds.
    pub(super) fn until_ms(&self) -> Option<u64> {
        self.exp.map(unix_ms)
    }

    /// What draft 07 reads, the one with a namespace first.
    pub(super) fn plain(&self) -> Option<&PlainClaim> {
        let claim = self.namespaced.as_ref().or(self.mercure.as_ref());
        claim.map(|Object(claim)| claim)
    }

    /// The authorization details as they are written; no claim is an empty list.
    pub(super) fn details_json(&self) -> &str {
        self.authorization_details
            .as_ref()
            .map_or("[]", |json| json.get())
    }
}

/// Seconds since the Unix epoch, perhaps with a fraction (RFC 7519, section 2), as milliseconds. What
/// lies before the epoch is its beginning, and what is beyond all numbers the last one.
fn unix_ms(seconds: f64) -> u64 {
    (seconds * 1_000.0) as u64
}

/// JSON that no reader stumbles over: no deeper than what is read here itself.
pub(super) fn is_shallow(json: &RawValue) -> bool {
    serde_json::from_str::<serde_json::Value>(json.get()).is_ok()
}
