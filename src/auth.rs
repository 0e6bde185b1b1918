//! Access control, in one place: a credential becomes a [`Grant`].
//!
//! The files in the order in which a credential passes them:
//!
//! * `bearer.rs`: the `Authorization` field of a request becomes a credential.
//! * `api_key.rs`: a key of this hub, found by its digest.
//! * `token.rs`: a JSON Web Token, taken apart; nothing in it is believed yet.
//! * `keys.rs`, `key.rs`, `algorithm.rs`: the signature is verified; `pem.rs` and `jwk.rs` read the
//!   keys.
//! * `authority.rs`: whose tokens these are, and by which rules; `claims.rs` has their common claims,
//!   `plain.rs` and `details.rs` what the two versions of the Mercure protocol grant.
//! * `bell.rs`: says outside that a token names a key which is not known.
//! * `cache.rs`: the tokens that were verified already.
//! * `grant.rs`, `refusal.rs`: what comes of it.
//! * `sign.rs`: how tokens are made.
//!
//! Nothing here waits or reads a file: keys come as text, and the time as a parameter.

mod algorithm;
mod api_key;
mod authority;
mod bearer;
mod bell;
mod cache;
mod claims;
mod details;
mod digest;
mod grant;
mod jwk;
mod key;
mod keys;
mod object;
mod pem;
mod plain;
mod refusal;
mod sign;
mod token;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use api_key::{
    API_KEY_FILE_BYTES, API_KEYS, ApiKey, ApiKeys, InvalidKeyLine, KeyLine, NoChance,
};
pub use authority::{Authority, Details, Plain};
pub use bearer::{CREDENTIAL_BYTES, CREDENTIAL_MIN_BYTES, bearer};
pub use bell::Bell;
pub use cache::{CACHED_SELECTORS, CACHED_TOKENS};
pub use claims::AUDIENCES;
pub use details::{DETAIL_TOPICS, DETAILS};
pub(crate) use grant::Holder;
pub use grant::{Grant, Rights};
pub use keys::{InvalidKey, KEY_FILE_BYTES, KEY_TRIES, KEYS, Keys, SECRET_MIN_BYTES};
pub use plain::PLAIN_SELECTORS;
pub use refusal::{Reason, Refusal};
pub use sign::{InvalidSigner, Signer};
#[doc(hidden)]
pub use token::Peek;

use cache::Cache;
use digest::Digest;
use token::Token;

/// Who may do what. Workers share it.
///
/// ```
/// use ssehub::Topic;
/// use ssehub::auth::{ApiKeys, Auth, Keys, Rights};
/// let line = r#"{"name":"shop","publish":["orders/{id}"],
///     "sha256":"432a6ccbe58581407cd0a22bddcfc88fbcde30b7a6e51dc6f26677132057959d"}"#;
/// let keys = ApiKeys::parse(&line.replace('\n', "")).unwrap();
/// let auth = Auth::new(Rights::nothing()).with_api_keys(keys);
/// let key = "ssehub_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// let grant = auth.grant(Some(key), 0).unwrap();
/// assert!(grant.may_publish(&Topic::parse("orders/42").unwrap()));
/// assert!(!grant.may_publish(&Topic::parse("stock").unwrap()));
/// assert!(auth.grant(Some("ssehub_no-key-of-this-hub-but-as-long-as-one"), 0).is_err());
///
/// // What is taken can change while the hub runs.
/// auth.replace_api_keys(ApiKeys::default());
/// assert!(auth.grant(Some(key), 0).is_err());
/// assert!(!auth.replace_keys(0, Keys::none()), "it has no authority");
/// ```
pub struct Auth {
    rules: RwLock<Arc<Rules>>,
    /// Signatures that were checked.
    checks: AtomicU64,
}

/// Everything that a decision depends on, and the decisions that were made by it: whoever changes
/// the rules begins with an empty cache.
struct Rules {
    everyone: Rights,
    /// What a request without a credential may do.
    anonymous: Grant,
    /// The same for one from this machine, if it may do more.
    this_machine: Option<Grant>,
    authorities: Vec<Authority>,
    api_keys: ApiKeys,
    verified: Cache,
}

impl Auth {
    /// Nobody has more rights than these, which everyone has.
    pub fn new(everyone: Rights) -> Auth {
        Auth::from(Rules {
            anonymous: Grant::anonymous(&everyone),
            this_machine: None,
            everyone,
            authorities: Vec::new(),
            api_keys: ApiKeys::default(),
            verified: Cache::default(),
        })
    }

    /// No access control: everyone may do everything.
    pub fn open() -> Auth {
        Auth::new(Rights::everything())
    }

    /// Requests from this machine that show no credential have these rights in place of those that everyone has.
    ///
    /// Such a request comes from a loopback address, asks for a loopback name, and was not passed on by a proxy.
    ///
    /// ```
    /// use ssehub::auth::{Auth, Rights};
    /// let auth = Auth::new(Rights::to_read()).with_this_machine(Rights::everything());
    /// let topic = ssehub::Topic::parse("news").unwrap();
    /// assert!(auth.this_machine().may_publish(&topic));
    /// assert!(!auth.grant(None, 0).unwrap().may_publish(&topic));
    /// ```
    pub fn with_this_machine(self, rights: Rights) -> Auth {
        self.change(|rules| rules.this_machine = Some(Grant::anonymous(&rights)));
        self
    }

    /// Takes these API keys, too.
    pub fn with_api_keys(self, keys: ApiKeys) -> Auth {
        self.replace_api_keys(keys);
        self
    }

    /// Takes the tokens of this authority, too.
    pub fn with_authority(self, authority: Authority) -> Auth {
        self.change(|rules| rules.authorities.push(authority));
        self
    }

    /// What the bearer of a credential may do at this time, in Unix milliseconds.
    ///
    /// Without a credential it is what everyone may. One that is refused is never taken for none.
    pub fn grant(&self, credential: Option<&str>, now_ms: u64) -> Result<Grant, Refusal> {
        match self.known(credential, now_ms) {
            Some(known) => known,
            None => self.verify(credential.unwrap_or_default(), now_ms),
        }
    }

    /// The same, as long as it takes no check of a signature; `None` for a token that has to be verified.
    pub(crate) fn known(
        &self,
        credential: Option<&str>,
        now_ms: u64,
    ) -> Option<Result<Grant, Refusal>> {
        let rules = self.rules();
        let Some(credential) = credential else {
            return Some(Ok(rules.anonymous.clone()));
        };
        if let Err(refusal) = bearer::check(credential) {
            return Some(Err(refusal));
        }
        let digest = Digest::of(credential);
        let known = if ApiKey::is_one(credential) {
            rules.api_keys.find(&digest).ok_or(Reason::UnknownKey)
        } else {
            Ok(rules.verified.get(&digest)?)
        };
        let current = known.and_then(|grant| match grant.is_over(now_ms) {
            true => Err(Reason::Expired),
            false => Ok(grant),
        });
        Some(current.map_err(Refusal::Invalid))
    }

    /// Verifies a token, and remembers it if it is good.
    pub(crate) fn verify(&self, token: &str, now_ms: u64) -> Result<Grant, Refusal> {
        let rules = self.rules();
        let digest = Digest::of(token);
        let token = Token::parse(token).map_err(Refusal::Invalid)?;
        let granted = rules.verify(&token, now_ms);
        self.checks.fetch_add(token.checks.get(), Ordering::Relaxed);
        let grant = granted.map_err(Refusal::Invalid)?;
        let grant = grant.beside(&rules.everyone).shown_by(digest);
        rules.verified.put(digest, grant.clone());
        Ok(grant)
    }

    /// How many signatures were checked, each by one key.
    #[doc(hidden)]
    pub fn signature_checks(&self) -> u64 {
        self.checks.load(Ordering::Relaxed)
    }

    /// What a request from this machine may do that shows no credential.
    pub fn this_machine(&self) -> Grant {
        let rules = self.rules();
        let grant = rules.this_machine.as_ref();
        grant.unwrap_or(&rules.anonymous).clone()
    }

    /// Whether this machine may publish without a credential while others may not.
    pub(crate) fn lets_this_machine_publish(&self) -> bool {
        let rules = self.rules();
        let grant = rules.this_machine.as_ref();
        grant.is_some_and(|grant| grant.check_publish_any().is_ok())
    }

    /// From now on these API keys and no others are taken.
    pub fn replace_api_keys(&self, keys: ApiKeys) {
        self.change(|rules| rules.api_keys = keys.beside(&rules.everyone));
    }

    /// From now on these keys of an authority and no others are taken; authorities count from 0 in the
    /// order of [`with_authority`](Auth::with_authority). Whether there is such an authority.
    pub fn replace_keys(&self, authority: usize, keys: Keys) -> bool {
        self.change(|rules| {
            let found = rules.authorities.get_mut(authority);
            found.map(|authority| authority.keys = keys).is_some()
        })
    }

    fn rules(&self) -> Arc<Rules> {
        self.rules
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn change<T>(&self, change: impl FnOnce(&mut Rules) -> T) -> T {
        let mut held = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        let mut rules = Rules {
            everyone: held.everyone.clone(),
            anonymous: held.anonymous.clone(),
            this_machine: held.this_machine.clone(),
            authorities: held.authorities.clone(),
            api_keys: held.api_keys.clone(),
            verified: Cache::default(),
        };
        let result = change(&mut rules);
        *held = Arc::new(rules);
        result
    }
}

impl From<Rules> for Auth {
    fn from(rules: Rules) -> Auth {
        Auth {
            rules: RwLock::new(Arc::new(rules)),
            checks: AtomicU64::new(0),
        }
    }
}

impl Rules {
    /// What all authorities that vouch for a token grant together. If none does, the reason is that of
    /// the one that came furthest.
    fn verify(&self, token: &Token<'_>, now_ms: u64) -> Result<Grant, Reason> {
        let mut granted: Result<Grant, Reason> = Err(Reason::UnknownKey);
        for authority in &self.authorities {
            granted = match (granted, authority.grant(token, now_ms)) {
                (Ok(one), Ok(other)) => Ok(one.and(&other)),
                (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok(one),
                (Err(one), Err(other)) => Err(one.max(other)),
            };
        }
        // Whoever does not know its key may know it soon.
        if granted.as_ref().is_err_and(|why| *why <= Reason::Signature) {
            self.authorities.iter().for_each(|it| it.miss(token));
        }
        granted
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = self.rules();
        f.debug_struct("Auth")
            .field("everyone", &rules.everyone)
            .field("authorities", &rules.authorities)
            .field("api_keys", &rules.api_keys)
            .finish()
    }
}
