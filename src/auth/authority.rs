//! Those whose tokens are taken, and the rules that their tokens are held to.

use super::bell::Bell;
use super::claims::Claims;
use super::grant::Grant;
use super::keys::Keys;
use super::refusal::Reason;
use super::token::Token;
use super::{details, plain};
use crate::options::setters;
use crate::topic::Interest;

/// Somebody who signs tokens: their keys, what their tokens may give, and how these are checked.
///
/// ```
/// use std::time::{SystemTime, UNIX_EPOCH};
///
/// use ssehub::Topic;
/// use ssehub::auth::{Algorithm, Auth, Authority, Details, Keys, Plain, Rights, Signer};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let secret = "a secret of thirty-two bytes, or more";
/// let authority = Authority::new(Keys::from_secret(secret.as_bytes())?)
///     .with_plain(Some(Plain::default().audience(Some("hub".to_owned()))))
///     .with_details(Some(Details::new("https://id.example.com", "https://hub.example.com")))
///     .subscribers_only();
/// let auth = Auth::new(Rights::nothing()).with_authority(authority);
///
/// let claims = serde_json::json!({ "aud": "hub", "mercure": { "subscribe": ["orders/{id}"] } });
/// let claims = claims.as_object().unwrap();
/// let token = Signer::from_text(secret, Algorithm::Hs256)?.sign(Default::default(), claims)?;
/// let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64;
/// let grant = auth.grant(Some(&token), now)?;
/// assert!(grant.may_read(&Topic::parse("orders/42")?));
/// assert!(!grant.may_publish(&Topic::parse("orders/42")?));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Authority {
    pub(super) keys: Keys,
    publish: bool,
    read: bool,
    plain: Option<Plain>,
    details: Option<Details>,
    /// Rung when a token names a key that nobody has.
    bell: Option<Bell>,
}

/// How tokens of draft 07 of the Mercure protocol are checked, which need neither say for whom they are
/// nor until when.
///
/// ```
/// use ssehub::auth::Plain;
/// let rules = Plain::default().issuer(Some("https://id.example.com".to_owned()));
/// assert_eq!(rules.audience, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plain {
    /// What `iss` must be, if it is checked.
    pub issuer: Option<String>,
    /// What `aud` must contain, if it is checked.
    pub audience: Option<String>,
}

/// How tokens of draft 08 are checked: access tokens (RFC 9068) with authorization details (RFC 9396).
///
/// ```
/// use ssehub::auth::Details;
/// let rules = Details::new("https://id.example.com", "https://hub.example.com");
/// assert_eq!(rules.resource, "https://hub.example.com");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Details {
    /// What `iss` must be.
    pub issuer: String,
    /// What `aud` must contain: the identifier of this hub.
    pub resource: String,
}

setters!(Plain {
    issuer: Option<String>,
    audience: Option<String>,
});

impl Details {
    /// What `iss` must be, and what `aud` must contain.
    pub fn new(issuer: impl Into<String>, resource: impl Into<String>) -> Details {
        Details {
            issuer: issuer.into(),
            resource: resource.into(),
        }
    }
}

impl Authority {
    /// Takes tokens of draft 07, as all released clients of the Mercure protocol bring them, and none
    /// of draft 08. They may give every right that they name.
    pub fn new(keys: Keys) -> Authority {
        Authority {
            keys,
            publish: true,
            read: true,
            plain: Some(Plain::default()),
            details: None,
            bell: None,
        }
    }

    /// Its tokens give no right to read.
    pub fn publishers_only(self) -> Authority {
        Authority {
            read: false,
            ..self
        }
    }

    /// Its tokens give no right to publish.
    pub fn subscribers_only(self) -> Authority {
        Authority {
            publish: false,
            ..self
        }
    }

    /// How tokens of draft 07 are checked; without that, none is taken.
    pub fn with_plain(self, plain: Option<Plain>) -> Authority {
        Authority { plain, ..self }
    }

    /// How tokens of draft 08 are checked; without that, their authorization details count for nothing.
    pub fn with_details(self, details: Option<Details>) -> Authority {
        Authority { details, ..self }
    }

    /// Rings this bell when a token names a key that it does not have, and no authority vouches for it.
    pub fn with_bell(self, bell: Bell) -> Authority {
        Authority {
            bell: Some(bell),
            ..self
        }
    }

    /// Rings for a token that nobody vouches for, if its key is missing here.
    pub(super) fn miss(&self, token: &Token<'_>) {
        match &self.bell {
            Some(bell) if !self.keys.has_named(token) => bell.ring(),
            _ => {}
        }
    }

    /// What it grants to the bearer of a token at this time, in Unix milliseconds.
    pub(super) fn grant(&self, token: &Token<'_>, now_ms: u64) -> Result<Grant, Reason> {
        self.keys.verify(token)?;
        let claims = Claims::read(&token.claims()?)?;
        let entries = match self.details {
            Some(_) => details::entries(&claims)?,
            None => Vec::new(),
        };
        let grant = match (&self.details, &self.plain) {
            (Some(rules), _) if !entries.is_empty() => {
                rules.check(token, &claims)?;
                claims.check_time(now_ms)?;
                details::grant(&entries, &rules.resource)?
            }
            (_, Some(rules)) => {
                rules.check(&claims)?;
                claims.check_time(now_ms)?;
                plain::grant(&claims)?
            }
            (_, None) => return Err(Reason::Version),
        };
        let grant = grant.claimed(claims.sub.as_deref(), claims.until_ms());
        Ok(self.limit(grant))
    }

    fn limit(&self, grant: Grant) -> Grant {
        let kept = |interest: &Interest, may: bool| match may {
            true => interest.clone(),
            false => Interest::any([]),
        };
        grant.owning(|own| {
            own.publish = kept(&own.publish, self.publish);
            own.read = kept(&own.read, self.read);
        })
    }
}

impl Plain {
    fn check(&self, claims: &Claims) -> Result<(), Reason> {
        if self
            .issuer
            .as_deref()
            .is_some_and(|issuer| !claims.is_by(issuer))
        {
            return Err(Reason::Issuer);
        }
        if self
            .audience
            .as_deref()
            .is_some_and(|audience| !claims.is_for(audience))
        {
            return Err(Reason::Audience);
        }
        Ok(())
    }
}

impl Details {
    /// RFC 9068, section 4, and RFC 8725, sections 3.8, 3.9 and 3.11.
    fn check(&self, token: &Token<'_>, claims: &Claims) -> Result<(), Reason> {
        let typ = token.header.typ.as_deref().unwrap_or_default();
        let is_access_token = ["at+jwt", "application/at+jwt"]
            .iter()
            .any(|it| typ.eq_ignore_ascii_case(it));
        if !is_access_token {
            return Err(Reason::Type);
        }
        if !claims.is_by(&self.issuer) {
            return Err(Reason::Issuer);
        }
        if !claims.is_for(&self.resource) {
            return Err(Reason::Audience);
        }
        match claims.until_ms() {
            Some(_) => Ok(()),
            None => Err(Reason::NoExpiry),
        }
    }
}
