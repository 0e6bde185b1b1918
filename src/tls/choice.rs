//! Which certificate whoever connects is shown: that of the name for which they ask (RFC 6066, section 3).

use std::sync::Arc;

use super::Expiry;
use super::identity::{Identity, InvalidIdentity};

/// Certificates that one server may show.
pub const IDENTITIES: usize = 256;

/// One identity or several, of which a handshake takes one by its name. Clones share them.
///
/// ```
/// use ssehub::tls::{Acceptor, Identities, Identity, InvalidIdentity};
/// # fn example(first: Identity, other: Identity) -> Result<Acceptor, InvalidIdentity> {
/// let acceptor = Acceptor::new(Identities::new(first, vec![other])?)?;
/// # Ok(acceptor)
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Identities(Arc<Choice>);

#[derive(Debug)]
struct Choice {
    /// For whoever asks for no name, or for one that no certificate has.
    first: Identity,
    others: Vec<Identity>,
    /// By each name in lower case, in their order; `*.example.com` as `.example.com`.
    by_name: Vec<(String, Identity)>,
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
        let mut by_name: Vec<(String, Identity)> = Vec::new();
        for identity in std::iter::once(&first).chain(&others) {
            for name in identity.names() {
                let name = name.strip_prefix('*').unwrap_or(name);
                by_name.push((name.to_ascii_lowercase(), identity.clone()));
            }
        }
        // Those with one name stay as they were, and the foremost is kept.
        by_name.sort_by(|(one, _), (other, _)| one.cmp(other));
        by_name.dedup_by(|(one, _), (other, _)| one == other);
        Identities(Arc::new(Choice {
            first,
            others,
            by_name,
        }))
    }

    /// When they end, each name once.
    pub fn expiries(&self) -> Vec<Expiry> {
        let expiry = |identity: &Identity| Expiry {
            name: identity.names().next().unwrap_or("unnamed").to_owned(),
            at: identity.expires(),
        };
        let mut expiries: Vec<_> = self.all().map(expiry).collect();
        expiries.sort_by(|one, other| (&one.name, one.at).cmp(&(&other.name, other.at)));
        expiries.dedup_by(|one, other| one.name == other.name);
        expiries
    }

    /// The one for a name in lower case, as a handshake brings it.
    pub(super) fn for_name(&self, name: Option<&str>) -> &Identity {
        let by_name = &self.0.by_name;
        let named = |name: &str| {
            let place = by_name.binary_search_by(|(known, _)| known.as_str().cmp(name));
            place.ok().map(|place| &by_name[place].1)
        };
        // A wildcard stands for one label, the first (RFC 9525, section 6.3).
        let above = |name: &str| name.find('.').and_then(|dot| named(&name[dot..]));
        let found = name.and_then(|name| named(name).or_else(|| above(name)));
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
