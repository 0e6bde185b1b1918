//! What somebody may do, and until when.

use std::sync::Arc;

use super::Refusal;
use super::digest::Digest;
use super::refusal::Reason;
use crate::topic::{Interest, Selector, Topic};

/// What may be published and what may be read.
///
/// ```
/// use ssehub::auth::{Grant, Rights};
/// use ssehub::{Interest, Selector, Topic};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let rights = Rights {
///     publish: Interest::any([Selector::parse("orders/{id}")?]),
///     ..Rights::nothing()
/// };
/// assert!(Grant::of(rights).may_publish(&Topic::parse("orders/42")?));
/// assert!(!Grant::of(Rights::to_read()).may_publish(&Topic::parse("orders/42")?));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Rights {
    /// The topics that may be published to.
    pub publish: Interest,
    /// The topics that may be read.
    pub read: Interest,
}

impl Rights {
    /// To publish to and to read every topic.
    pub fn everything() -> Rights {
        Rights {
            publish: Interest::any([Selector::All]),
            read: Interest::any([Selector::All]),
        }
    }

    /// To read every topic, and to publish to none.
    pub fn to_read() -> Rights {
        Rights {
            publish: Interest::any([]),
            ..Rights::everything()
        }
    }

    /// To do nothing.
    pub fn nothing() -> Rights {
        Rights {
            publish: Interest::any([]),
            read: Interest::any([]),
        }
    }

    fn and(&self, other: &Rights) -> Rights {
        Rights {
            publish: union(&self.publish, &other.publish),
            read: union(&self.read, &other.read),
        }
    }
}

/// What the bearer of a credential may do: what it grants, beside what everyone may. Clones share it.
///
/// ```
/// use ssehub::Topic;
/// use ssehub::auth::{Grant, Refusal, Rights};
/// let orders = Topic::parse("orders").unwrap();
/// let grant = Grant::of(Rights::to_read()).subject_is("shop").until(1_800_000_000_000);
/// assert_eq!(grant.check_read([&orders]), Ok(()));
/// assert_eq!(grant.check_publish([&orders]), Err(Refusal::NotGranted));
/// assert!(grant.may_read(&orders) && grant.may_read_private(&orders) && grant.may_read_all());
/// assert!(!grant.is_over(1_700_000_000_000));
/// assert_eq!((grant.subject(), grant.until_ms()), (Some("shop"), Some(1_800_000_000_000)));
/// ```
#[derive(Clone, Debug)]
pub struct Grant(Arc<Held>);

#[derive(Clone, Debug)]
struct Held {
    own: Rights,
    everyone: Rights,
    /// Nobody has shown a credential.
    anonymous: bool,
    subject: Option<Box<str>>,
    /// The credential, if it is not one of a subject.
    digest: Option<Digest>,
    until_ms: Option<u64>,
    payloads: Vec<Payload>,
}

/// Whom a grant counts for wherever things are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Holder<'g> {
    /// Nobody in particular.
    Anyone,
    /// A token's subject, or a key's name.
    Subject(&'g str),
    /// Whoever has this credential, by its digest.
    Bearer(&'g [u8; 32]),
}

/// What subscriptions within an interest carry; JSON.
#[derive(Clone, Debug)]
pub(super) struct Payload {
    pub(super) within: Interest,
    pub(super) json: Arc<str>,
}

impl Grant {
    /// To do everything, for ever.
    pub fn everything() -> Grant {
        Grant::of(Rights::everything())
    }

    /// To do nothing.
    pub fn nothing() -> Grant {
        Grant::of(Rights::nothing())
    }

    /// These rights, for ever.
    pub fn of(own: Rights) -> Grant {
        Grant(Arc::new(Held {
            own,
            everyone: Rights::nothing(),
            anonymous: false,
            subject: None,
            digest: None,
            until_ms: None,
            payloads: Vec::new(),
        }))
    }

    /// What those may do who have shown no credential.
    pub(super) fn anonymous(everyone: &Rights) -> Grant {
        Grant::nothing()
            .beside(everyone)
            .with(|held| held.anonymous = true)
    }

    /// The same for a token's subject, or a key's name.
    pub fn subject_is(self, subject: &str) -> Grant {
        self.with(|held| held.subject = Some(subject.into()))
    }

    /// The same until this time, in Unix milliseconds.
    pub fn until(self, until_ms: u64) -> Grant {
        self.with(|held| held.until_ms = Some(until_ms))
    }

    /// The same for whom and until when a token says, in Unix milliseconds.
    pub(super) fn claimed(self, subject: Option<&str>, until_ms: Option<u64>) -> Grant {
        self.with(|held| {
            held.subject = subject.map(Into::into);
            held.until_ms = until_ms;
        })
    }

    /// The same for whoever shows a credential with this digest, unless it is one of a subject.
    pub(super) fn shown_by(self, digest: Digest) -> Grant {
        self.with(|held| held.digest = held.subject.is_none().then_some(digest))
    }

    pub(super) fn carrying(self, payloads: Vec<Payload>) -> Grant {
        self.with(|held| held.payloads = payloads)
    }

    /// The same beside what everyone may do.
    pub(super) fn beside(self, everyone: &Rights) -> Grant {
        self.with(|held| held.everyone = everyone.clone())
    }

    pub(super) fn owning(self, change: impl FnOnce(&mut Rights)) -> Grant {
        self.with(|held| change(&mut held.own))
    }

    /// What two authorities grant to the bearer of one token.
    pub(super) fn and(self, other: &Grant) -> Grant {
        self.with(|held| {
            held.own = held.own.and(&other.0.own);
            held.payloads.extend(other.0.payloads.iter().cloned());
        })
    }

    fn with(mut self, change: impl FnOnce(&mut Held)) -> Grant {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Whether events may be published to `topic`.
    pub fn may_publish(&self, topic: &Topic) -> bool {
        self.0.own.publish.matches(topic) || self.0.everyone.publish.matches(topic)
    }

    /// Whether an event may be published to all of these topics; if not, why not.
    pub fn check_publish<'t>(
        &self,
        topics: impl IntoIterator<Item = &'t Topic>,
    ) -> Result<(), Refusal> {
        self.check(topics.into_iter().all(|topic| self.may_publish(topic)))
    }

    /// Whether events may be published to some topic; if not, why not.
    pub(crate) fn check_publish_any(&self) -> Result<(), Refusal> {
        let (own, everyone) = (&self.0.own.publish, &self.0.everyone.publish);
        self.check(is_any(own) || is_any(everyone))
    }

    /// Whether events of some topic may be read; if not, why not.
    pub(crate) fn check_read_any(&self) -> Result<(), Refusal> {
        let (own, everyone) = (&self.0.own.read, &self.0.everyone.read);
        self.check(is_any(own) || is_any(everyone))
    }

    /// Whether events of `topic` may be read that are not private.
    pub fn may_read(&self, topic: &Topic) -> bool {
        self.may_read_private(topic) || self.0.everyone.read.matches(topic)
    }

    /// Whether private events of `topic` may be read, in the sense of the Mercure protocol: it takes a
    /// credential for that, whatever everyone may do.
    pub fn may_read_private(&self, topic: &Topic) -> bool {
        self.0.own.read.matches(topic)
    }

    /// Whether events of these topics may be read that are not private; if not, why not.
    pub fn check_read<'t>(
        &self,
        topics: impl IntoIterator<Item = &'t Topic>,
    ) -> Result<(), Refusal> {
        self.check(topics.into_iter().all(|topic| self.may_read(topic)))
    }

    /// Whether every event may be read that is not private, so that there is nothing to look at in each.
    pub fn may_read_all(&self) -> bool {
        let all = |interest: &Interest| interest.selectors().contains(&Selector::All);
        all(&self.0.own.read) || all(&self.0.everyone.read)
    }

    /// What was granted by the credential itself.
    pub fn own(&self) -> &Rights {
        &self.0.own
    }

    /// Whether no credential was shown.
    pub fn is_anonymous(&self) -> bool {
        self.0.anonymous
    }

    /// Whose grant this is: a token's subject or a key's name. Whoever signs tokens chooses it.
    pub fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// Whom it counts for: all credentials of one subject are one, any other is one by itself.
    pub(crate) fn holder(&self) -> Holder<'_> {
        match (&self.0.subject, &self.0.digest) {
            (Some(subject), _) => Holder::Subject(subject),
            (None, Some(digest)) => Holder::Bearer(&digest.0),
            (None, None) => Holder::Anyone,
        }
    }

    /// When the grant ends, in Unix milliseconds. A connection must not outlive it.
    pub fn until_ms(&self) -> Option<u64> {
        self.0.until_ms
    }

    /// Whether it has ended at this time, in Unix milliseconds.
    ///
    /// RFC 7519, section 4.1.4: on or after that time.
    pub fn is_over(&self, now_ms: u64) -> bool {
        self.0.until_ms.is_some_and(|until_ms| until_ms <= now_ms)
    }

    /// What the credential says of a subscription, as JSON; the first that fits counts.
    #[doc(hidden)]
    pub fn payload(&self, subscription: &Selector) -> Option<&str> {
        let covers = |selector: &Selector| {
            let text = subscription.as_str();
            selector.as_str() == text
                || Topic::parse(text).is_ok_and(|topic| selector.matches(&topic))
        };
        let fits = |payload: &&Payload| payload.within.selectors().iter().any(covers);
        self.0
            .payloads
            .iter()
            .find(fits)
            .map(|payload| &*payload.json)
    }

    /// How many selectors it holds, which is nearly all the memory that it takes.
    pub(super) fn weight(&self) -> usize {
        let own = [&self.0.own.publish, &self.0.own.read];
        let all = own
            .into_iter()
            .chain(self.0.payloads.iter().map(|payload| &payload.within));
        all.map(|interest| interest.selectors().len()).sum()
    }

    fn check(&self, may: bool) -> Result<(), Refusal> {
        match (may, self.0.anonymous) {
            (true, _) => Ok(()),
            (false, true) => Err(Refusal::Missing),
            (false, false) => Err(Refusal::NotGranted),
        }
    }
}

fn is_any(interest: &Interest) -> bool {
    !interest.selectors().is_empty()
}

fn union(one: &Interest, other: &Interest) -> Interest {
    let selectors = [one.selectors(), other.selectors()].concat();
    Interest::any(selectors)
}

/// What a credential grants, unless it costs too much to match.
pub(super) fn affordable(
    selectors: impl IntoIterator<Item = Selector>,
) -> Result<Interest, Reason> {
    let interest = Interest::any(selectors);
    match interest.check_cost() {
        Ok(()) => Ok(interest),
        Err(_) => Err(Reason::TooCostly),
    }
}
