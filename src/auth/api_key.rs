//! API keys: credentials that this hub has made, for those who cannot sign tokens.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::grant::{Grant, Rights};
use super::object::Object;
use crate::options::setters;
use crate::topic::{Interest, Selector};

/// What every key begins with, so that people and scanners of leaked secrets know one when they see it.
const PREFIX: &str = "ssehub_";

/// Chance in a key, in bytes: as much as nobody can guess.
const KEY_BYTES: usize = 32;

/// Keys in one file.
pub const API_KEYS: usize = 10_000;

/// Largest file of keys, in bytes.
pub const API_KEY_FILE_BYTES: usize = 8 << 20;

/// A key. Only its digest is to be kept, so nothing prints it but [`reveal`](ApiKey::reveal).
///
/// ```
/// use ssehub::auth::ApiKey;
/// # fn main() -> Result<(), ssehub::auth::NoChance> {
/// let key = ApiKey::generate()?;
/// println!("{} is for the shop; its digest {} is for the file", key.reveal(), key.digest());
/// assert_eq!(ApiKey::from_bytes(&[0; 32]).reveal(), format!("ssehub_{}", "A".repeat(43)));
/// # Ok(())
/// # }
/// ```
pub struct ApiKey(String);

impl ApiKey {
    /// A new key, from the system's source of chance.
    pub fn generate() -> Result<ApiKey, NoChance> {
        let mut bytes = [0; KEY_BYTES];
        SystemRandom::new().fill(&mut bytes).map_err(|_| NoChance)?;
        Ok(ApiKey::from_bytes(&bytes))
    }

    /// The key with this chance in it.
    pub fn from_bytes(bytes: &[u8; KEY_BYTES]) -> ApiKey {
        ApiKey(format!("{PREFIX}{}", BASE64URL_NOPAD.encode(bytes)))
    }

    /// The key itself, for whoever shall have it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// SHA-256 of the key, in hexadecimal. It need not be slow, as for a password, because nobody can
    /// go through 2^256 keys.
    pub fn digest(&self) -> String {
        HEXLOWER.encode(&Digest::of(&self.0).0)
    }

    /// Whether a credential says that it is one.
    pub(super) fn is_one(credential: &str) -> bool {
        credential.starts_with(PREFIX)
    }
}

/// There is no chance to be had from the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoChance;

impl fmt::Display for NoChance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the system has no random numbers")
    }
}

impl std::error::Error for NoChance {}

/// One line of a file of keys; JSON.
///
/// ```
/// use ssehub::auth::{ApiKey, ApiKeys, KeyLine};
/// let line = KeyLine::default()
///     .name("shop")
///     .sha256(ApiKey::from_bytes(&[7; 32]).digest())
///     .publish(vec!["orders/{id}".to_owned()])
///     .expires(Some(1_800_000_000));
/// let line = serde_json::to_string(&line).unwrap();
/// assert_eq!(ApiKeys::parse(&line).unwrap().count(), 1);
/// ```
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct KeyLine {
    /// Whose key it is: the subject of its grant.
    pub name: String,
    /// The key's [`digest`](ApiKey::digest).
    pub sha256: String,
    /// Selectors of the topics that may be published to.
    #[serde(default)]
    pub publish: Vec<String>,
    /// Selectors of the topics that may be read.
    #[serde(default)]
    pub subscribe: Vec<String>,
    /// When the key ends, in Unix seconds, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
}

setters!(KeyLine {
    name: impl Into<String>,
    sha256: impl Into<String>,
    publish: Vec<String>,
    subscribe: Vec<String>,
    expires: Option<u64>,
});

/// The keys that are known. Clones share them.
///
/// ```
/// use ssehub::auth::ApiKeys;
/// let invalid = ApiKeys::parse("# the shop's\n{\"name\":\"shop\"}\n").unwrap_err();
/// assert_eq!(invalid.line, 2);
/// ```
#[derive(Clone, Default)]
pub struct ApiKeys(Arc<HashMap<Digest, Grant>>);

impl ApiKeys {
    /// Reads a file: a [`KeyLine`] on each line. Empty lines, and those that begin with `#`, are
    /// skipped.
    pub fn parse(text: &str) -> Result<ApiKeys, InvalidKeyLine> {
        if text.len() > API_KEY_FILE_BYTES {
            return Err(InvalidKeyLine::new(0, "the file is too large"));
        }
        let mut keys = HashMap::new();
        let lines = (1..).zip(text.lines().map(str::trim));
        for (number, line) in lines.filter(|(_, it)| !it.is_empty() && !it.starts_with('#')) {
            let invalid = |what: String| InvalidKeyLine { line: number, what };
            let (digest, grant) = read(line).map_err(invalid)?;
            if keys.insert(digest, grant).is_some() {
                return Err(InvalidKeyLine::new(number, "this key was there before"));
            }
            if keys.len() > API_KEYS {
                return Err(InvalidKeyLine::new(number, "there are too many keys"));
            }
        }
        Ok(ApiKeys(Arc::new(keys)))
    }

    /// The same keys, granting what they do beside what everyone may.
    pub(super) fn beside(&self, everyone: &Rights) -> ApiKeys {
        let beside = |(digest, grant): (&Digest, &Grant)| (*digest, grant.clone().beside(everyone));
        ApiKeys(Arc::new(self.0.iter().map(beside).collect()))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn find(&self, digest: &Digest) -> Option<Grant> {
        self.0.get(digest).cloned()
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeys({})", self.count())
    }
}

fn read(line: &str) -> Result<(Digest, Grant), String> {
    if ApiKey::is_one(line) {
        // A key in this file would give its rights to every user that can read the file.
        return Err(
            "this is a key, which belongs to its user alone; the server's is the line that begins with {, \
             which `ssehub key` prints behind it"
                .to_owned(),
        );
    }
    if !line.starts_with('{') {
        return Err(
            "a line that `ssehub key` prints is expected: {\"name\":\"…\",\"sha256\":\"…\",…}"
                .to_owned(),
        );
    }
    let Object(line): Object<KeyLine> =
        serde_json::from_str(line).map_err(|error| error.to_string())?;
    if line.name.is_empty() || line.name.contains(char::is_control) {
        return Err("a name is not empty and has no control characters".to_owned());
    }
    let bytes = HEXLOWER.decode(line.sha256.as_bytes()).ok();
    let digest = bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or("sha256 is 64 hexadecimal digits, in lower case")?;
    let own = Rights {
        publish: interest(&line.publish)?,
        read: interest(&line.subscribe)?,
    };
    let mut grant = Grant::of(own).subject_is(&line.name);
    if let Some(expires) = line.expires {
        grant = grant.until(expires.saturating_mul(1_000));
    }
    Ok((Digest(digest), grant))
}

fn interest(selectors: &[String]) -> Result<Interest, String> {
    let parse = |text: &String| Selector::parse(text).map_err(|error| format!("{text:?}: {error}"));
    let parsed: Result<Vec<_>, _> = selectors.iter().map(parse).collect();
    let interest = Interest::any(parsed?);
    interest.check_cost().map_err(|error| error.to_string())?;
    Ok(interest)
}

/// A line of a file of keys that is wrong, counted from 1; 0 is the whole file.
///
/// ```
/// use ssehub::auth::{ApiKeys, InvalidKeyLine};
/// let InvalidKeyLine { line, what, .. } = ApiKeys::parse("a key").unwrap_err();
/// println!("line {line}: {what}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidKeyLine {
    /// Which line.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

impl InvalidKeyLine {
    fn new(line: usize, what: &str) -> InvalidKeyLine {
        let what = what.to_owned();
        InvalidKeyLine { line, what }
    }
}

impl fmt::Display for InvalidKeyLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.what),
            line => write!(f, "line {line}: {}", self.what),
        }
    }
}

impl std::error::Error for InvalidKeyLine {}
