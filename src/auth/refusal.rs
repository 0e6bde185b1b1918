//! Why a credential is refused, in the terms of RFC 6750.

use std::fmt;

/// Why somebody may not do what they ask for.
///
/// ```
/// use ssehub::Topic;
/// use ssehub::auth::{Auth, Reason, Refusal, Rights};
/// let auth = Auth::new(Rights::nothing());
/// let refused = auth.grant(Some("ssehub_a-key-that-this-hub-has-never-made"), 0).unwrap_err();
/// assert_eq!(refused, Refusal::Invalid(Reason::UnknownKey));
/// assert_eq!((refused.status(), refused.code()), (401, Some("invalid_token")));
///
/// let anyone = auth.grant(None, 0).unwrap();
/// let topics = [Topic::parse("news").unwrap()];
/// assert_eq!(anyone.check_read(&topics), Err(Refusal::Missing));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// They have no credential, and not everyone may.
    Missing,
    /// What they bring is no credential at all.
    Malformed(&'static str),
    /// Their credential is not good.
    Invalid(Reason),
    /// Their credential is good, but not for this.
    NotGranted,
}

impl Refusal {
    /// The error code of RFC 6750, section 3.1: none if there was no credential.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Refusal::Missing => None,
            Refusal::Malformed(_) => Some("invalid_request"),
            Refusal::Invalid(_) => Some("invalid_token"),
            Refusal::NotGranted => Some("insufficient_scope"),
        }
    }

    /// The status that goes with the code, by the same section.
    pub fn status(&self) -> u16 {
        match self {
            Refusal::Missing | Refusal::Invalid(_) => 401,
            Refusal::Malformed(_) => 400,
            Refusal::NotGranted => 403,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Missing => f.write_str("a credential is needed"),
            Refusal::Malformed(what) => f.write_str(what),
            Refusal::Invalid(reason) => reason.fmt(f),
            Refusal::NotGranted => f.write_str("the credential does not grant this"),
        }
    }
}

impl std::error::Error for Refusal {}

/// What is wrong with a token or a key. A later reason is found by a later check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// It cannot be read as a signed token.
    Unreadable,
    /// No key of this hub has this name, or is this key.
    UnknownKey,
    /// The algorithm is not allowed, or is not one of its key.
    Algorithm,
    /// The signature is wrong.
    Signature,
    /// The claims cannot be read.
    Claims,
    /// Tokens of this version of the protocol are not taken.
    Version,
    /// It says that it is no access token.
    Type,
    /// It was issued by somebody else, or does not say by whom.
    Issuer,
    /// It is for somebody else, or does not say for whom.
    Audience,
    /// It never expires, which this version of the protocol does not allow.
    NoExpiry,
    /// It is not valid yet.
    NotYetValid,
    /// It is no longer valid.
    Expired,
    /// What it grants cannot be read.
    Details,
    /// What it grants costs too much to match: see [`Interest::check_cost`](crate::Interest::check_cost).
    TooCostly,
}

impl Reason {
    /// A sentence for the client; nothing in it is secret.
    pub fn sentence(self) -> &'static str {
        match self {
            Reason::Unreadable => "the credential is neither a key nor a signed token",
            Reason::UnknownKey => "the key is not known",
            Reason::Algorithm => "the token's algorithm is not allowed for its key",
            Reason::Signature => "the token's signature is wrong",
            Reason::Claims => "the token's claims cannot be read",
            Reason::Version => "the token has no authorization details",
            Reason::Type => "the token's type is not at+jwt",
            Reason::Issuer => "the token's issuer is not trusted",
            Reason::Audience => "the token is for another audience",
            Reason::NoExpiry => "the token does not expire",
            Reason::NotYetValid => "the token is not valid yet",
            Reason::Expired => "the token or key has expired",
            Reason::Details => "the token's authorization details are wrong",
            Reason::TooCostly => {
                "the token's selectors cost too much to match: their templates have more than 1000 variables, \
                 or their URL patterns more than 10 regular expressions"
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}
