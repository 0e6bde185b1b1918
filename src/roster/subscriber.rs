//! One subscriber, and each of its subscriptions.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::NotAdmitted;
use super::shape::{CONTEXT, Document, Shape};
use crate::auth::Grant;
use crate::event::Draft;
use crate::json;
use crate::topic::{Interest, OWN_TOPIC_BYTES, Selector, Topic};

/// Most subscriptions of one subscriber that are told: each is up to four events in the log.
pub const SUBSCRIPTIONS: usize = 100;

/// The names of the kinds of matchers (draft 08).
pub(crate) const MATCH_TYPES: [&str; 2] = ["exact", "urlpattern"];

/// Whoever has one connection, and all that it is subscribed to.
#[derive(Debug)]
pub struct Subscriber {
    number: u64,
    id: u128,
    asks: Asks,
}

#[derive(Debug)]
enum Asks {
    /// Of this hub; the grant says what the subscriptions carry.
    Here { interest: Interest, grant: Grant },
    /// Of another hub.
    Elsewhere(Box<[Ask]>),
}

/// One thing that a subscriber of another hub asks for.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) payload: Option<Arc<RawValue>>,
}

/// How the text of a subscription is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    All,
    Name,
    Template,
    Pattern,
}

/// One subscription in the words of one draft.
pub(crate) struct Told<'s> {
    subscriber: &'s Subscriber,
    /// Which of its subscriptions this is.
    at: usize,
    shape: Shape,
}

impl Subscriber {
    pub(super) fn new(
        number: u64,
        id: u128,
        interest: Interest,
        grant: Grant,
    ) -> Result<Subscriber, NotAdmitted> {
        Subscriber::check(Subscriber {
            number,
            id,
            asks: Asks::Here { interest, grant },
        })
    }

    /// One of another hub.
    pub(super) fn elsewhere(
        number: u64,
        id: u128,
        asks: Vec<Ask>,
    ) -> Result<Subscriber, NotAdmitted> {
        Subscriber::check(Subscriber {
            number,
            id,
            asks: Asks::Elsewhere(asks.into()),
        })
    }

    fn check(self) -> Result<Subscriber, NotAdmitted> {
        if self.count() > SUBSCRIPTIONS {
            return Err(NotAdmitted::TooMany);
        }
        let is_long = |it: Told<'_>| it.path().len() > OWN_TOPIC_BYTES;
        if self.all_told().any(is_long) {
            return Err(NotAdmitted::TooLong);
        }
        Ok(self)
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// How many events it takes to tell that it has come, or gone.
    pub(super) fn events(&self) -> usize {
        self.all_told().count()
    }

    /// Its id: `urn:uuid:` and a UUID of version 4, made by chance (RFC 9562, section 5.4).
    pub fn id(&self) -> String {
        const VERSION: u128 = 4 << 76;
        const VARIANT: u128 = 0b10 << 62;
        let bits = self.id & !(0xF << 76) & !(0b11 << 62) | VERSION | VARIANT;
        let hex = format!("{bits:032x}");
        let (a, b, c, d, e) = (
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        );
        format!("urn:uuid:{a}-{b}-{c}-{d}-{e}")
    }

    /// Whether this is its id.
    pub(crate) fn is(&self, id: &str) -> bool {
        self.id() == id
    }

    /// Each of its subscriptions that can be told in this shape.
    pub(crate) fn told(&self, shape: Shape) -> impl Iterator<Item = Told<'_>> {
        let sayable = (0..self.count()).filter(move |at| self.is_sayable(*at, shape));
        sayable.map(move |at| Told {
            subscriber: self,
            at,
            shape,
        })
    }

    /// All that is told of it.
    pub(super) fn all_told(&self) -> impl Iterator<Item = Told<'_>> {
        let shapes = [Shape::Draft07, Shape::Draft08].into_iter();
        shapes.flat_map(|shape| self.told(shape))
    }

    pub(super) fn bare_id(&self) -> u128 {
        self.id
    }

    /// How many subscriptions it has.
    pub(super) fn count(&self) -> usize {
        match &self.asks {
            Asks::Here { interest, .. } => interest.selectors().len(),
            Asks::Elsewhere(asks) => asks.len(),
        }
    }

    pub(super) fn text(&self, at: usize) -> &str {
        match &self.asks {
            Asks::Here { interest, .. } => interest.selectors()[at].as_str(),
            Asks::Elsewhere(asks) => &asks[at].text,
        }
    }

    pub(super) fn kind(&self, at: usize) -> Kind {
        match &self.asks {
            Asks::Here { interest, .. } => Kind::of(&interest.selectors()[at]),
            Asks::Elsewhere(asks) => asks[at].kind,
        }
    }

    /// What a subscription carries, as JSON.
    pub(super) fn payload(&self, at: usize) -> Option<&str> {
        match &self.asks {
            Asks::Here { interest, grant } => grant.payload(&interest.selectors()[at]),
            Asks::Elsewhere(asks) => asks[at].payload.as_deref().map(RawValue::get),
        }
    }

    /// Whether a draft has words for a subscription: draft 07 has no patterns, and takes a name like a template
    /// for one; draft 08 has no templates.
    fn is_sayable(&self, at: usize, shape: Shape) -> bool {
        match (self.kind(at), shape) {
            (Kind::All, _) | (Kind::Name, Shape::Draft08) => true,
            (Kind::Name, Shape::Draft07) => {
                let name = self.text(at);
                !name.contains('{') || matches!(Selector::mercure(name), Ok(Selector::Exact(_)))
            }
            (Kind::Template, shape) => shape == Shape::Draft07,
            (Kind::Pattern, shape) => shape == Shape::Draft08,
        }
    }
}

impl Kind {
    fn of(selector: &Selector) -> Kind {
        match selector {
            Selector::All => Kind::All,
            Selector::Exact(_) => Kind::Name,
            Selector::Template(_) => Kind::Template,
            #[cfg(feature = "urlpattern")]
            Selector::Pattern(_) => Kind::Pattern,
        }
    }
}

impl<'s> Told<'s> {
    /// What is asked for, as whoever asks has written it.
    pub(crate) fn text(&self) -> &'s str {
        self.subscriber.text(self.at)
    }

    /// What kind of matcher that is. All topics at once are told as an exact one.
    pub(crate) fn match_type(&self) -> &'static str {
        let [exact, pattern] = MATCH_TYPES;
        match self.subscriber.kind(self.at) {
            Kind::All | Kind::Name => exact,
            Kind::Template | Kind::Pattern => pattern,
        }
    }

    fn path(&self) -> String {
        let subscriber = self.subscriber.id();
        self.shape.path(self.match_type(), self.text(), &subscriber)
    }

    /// The subscription as JSON; `in_list` leaves out what the list says once.
    pub(crate) fn document(&self, active: bool, in_list: bool) -> Document<'s> {
        let payload = self.subscriber.payload(self.at);
        let old = self.shape == Shape::Draft07;
        Document {
            context: (old && !in_list).then_some(CONTEXT),
            id: self.path(),
            kind: if old { "Subscription" } else { "subscription" },
            subscriber: self.subscriber.id(),
            topic: old.then(|| self.text()),
            matcher: (!old).then(|| self.text()),
            match_type: (!old).then(|| self.match_type()),
            active,
            payload: payload.and_then(|json| serde_json::from_str(json).ok()),
            last_event_id: None,
        }
    }

    /// The event that tells of it; there is none on a topic that is too long, which nobody is let in with.
    pub(super) fn draft(&self, active: bool) -> Option<Draft> {
        let topic = Topic::parse(&self.path()).ok()?;
        // Strings and JSON cannot fail to serialize.
        let json = json::encode(&self.document(active, false));
        let draft = Draft::new(topic, json).private(true);
        match self.shape.event_type() {
            None => Some(draft),
            Some(kind) => draft.kind(kind).ok(),
        }
    }
}
