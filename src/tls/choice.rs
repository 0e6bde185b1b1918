//! Which certificate whoever connects is shown: that of the name for which they ask (RFC 6066, section 3).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::Expiry;
use super::identity::{Identity, InvalidIdentity};

/// Certificates that one server may show.
pub const IDENTITIES: usize = 256;

/// One identity or several, of which a handshake takes one by its name. Clones share them.
#[derive(Clone, Debug)]
pub struct Identities(Arc<Choice>);

#[derive(Debug)]
struct Choice {
    /// For whoever asks for no name, or for one that no certificate has.
    first: Identity,
    others: Vec<Identity>,
    /// By each name in lower case; `*.example.com` as `.example.com`.
    by_name: HashMap<String, Identity>,
}

impl Identities {
    /// The first one is the default. Of several certificates with one name the foremost counts, and a name
    /// before a wildcard. Fails if there are more than [`IDENTITIES`].
    pub fn new(first: Identity, others: Vec<Identity>) -> Result<Identities, InvalidIdentity> {
        if others.len() >= IDENTITIES {
            let many = format!("there are more than {IDENTITIES} certificates");
            return Err(InvalidIdentity::new(many));
        }
        Ok(Identities::of(first, others))
    }

    fn of(first: Identity, others: Vec<Identity>) -> Identities {
        let mut by_name = HashMap::new();
        for identity in std::iter::once(&first).chain(&others) {
            for name in identity.names() {
                let name = name.strip_prefix('*').unwrap_or(name).to_ascii_lowercase();
                by_name.entry(name).or_insert_with(|| identity.clone());
            }
        }
        Identities(Arc::new(Choice {
            first,
            others,
            by_name,
        }))
    }

    /// When they end, each name once.
    pub fn expiries(&self) -> Vec<Expiry> {
        let mut ends: BTreeMap<String, Duration> = BTreeMap::new();
        for identity in self.all() {
            let name = identity.names().next().unwrap_or("unnamed");
            let end = ends.entry(name.to_owned()).or_insert(identity.expires());
            *end = identity.expires().min(*end);
        }
        let named = ends.into_iter().map(|(name, at)| Expiry { name, at });
        named.collect()
    }

    /// The one for a name in lower case, as a handshake brings it.
    pub(super) fn for_name(&self, name: Option<&str>) -> &Identity {
        let by_name = &self.0.by_name;
        // A wildcard stands for one label, the first (RFC 9525, section 6.3).
        let above = |name: &str| name.find('.').and_then(|dot| by_name.get(&name[dot..]));
        let found = name.and_then(|name| by_name.get(name).or_else(|| above(name)));
        found.unwrap_or(&self.0.first)
    }

    /// All of them, the default first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Identity> {
        std::iter::once(&self.0.first).chain(&self.0.others)
    }
}

impl From<Identity> for Identities {
    fn from(identity: Identity) -> Identities {
        Identities::of(identity, Vec::new())
    }
}
