//! All that one subscriber asks for.

use std::fmt;
use std::sync::Arc;

use super::set::SelectorSet;
use super::{Probe, Selector, Topic};

/// What all selectors of one subscriber, or of one credential, may cost together, in variables of templates.
///
/// A name costs nothing. A variable with a length, `{x:3}`, counts for eight, 32 bytes of text behind the first
/// variable of a template for one, and a URL pattern for four.
pub const SELECTORS_COST: usize = 1_000;

/// Most regular expressions in all URL patterns of one subscriber, or of one credential.
pub const SELECTORS_PROGRAMS: usize = 10;

/// All that one subscriber asks for, and which private events it may see. Clones share it.
///
/// ```
/// use ssehub::{Interest, Selector, Topic};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let interest = Interest::any([Selector::parse("orders/{id}")?, Selector::parse("stock")?]);
/// assert!(interest.matches(&Topic::parse("orders/42")?));
/// assert!(!interest.matches(&Topic::parse("news")?));
/// // Of private events it sees those of the shop.
/// let interest = interest.and_private([Selector::parse("shop")?].into());
/// assert_eq!(interest.selectors().len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Interest {
    selectors: Selectors,
    private: Option<Arc<SelectorSet>>,
}

/// Nearly always there is one: it needs no memory of its own.
#[derive(Clone, Debug)]
enum Selectors {
    One(Selector),
    Many(Arc<SelectorSet>),
}

impl Interest {
    /// One topic.
    pub fn topic(topic: Topic) -> Interest {
        Selectors::One(Selector::Exact(topic)).into()
    }

    /// Any of these selectors, each counted once. None at all matches nothing.
    pub fn any(selectors: impl IntoIterator<Item = Selector>) -> Interest {
        let selectors: Vec<_> = selectors.into_iter().collect();
        match <[Selector; 1]>::try_from(selectors) {
            Ok([only]) => Selectors::One(only).into(),
            Err(selectors) => match SelectorSet::of(selectors) {
                set if set.as_slice().len() == 1 => Selectors::One(set.as_slice()[0].clone()),
                set => Selectors::Many(set.into()),
            }
            .into(),
        }
    }

    /// Every event, the private ones, too.
    pub(crate) fn everything() -> Interest {
        Interest::any([Selector::All]).and_private([Selector::All].into())
    }

    /// Private events, too, if one of these selectors matches one of their topics. It need not be
    /// the topic that is asked for.
    pub fn and_private(self, granted: Arc<[Selector]>) -> Interest {
        self.and_private_of(&Interest::any(granted.iter().cloned()))
    }

    /// Private events, too, as far as another interest matches one of their topics.
    pub(crate) fn and_private_of(mut self, granted: &Interest) -> Interest {
        self.private = match &granted.selectors {
            Selectors::Many(set) if set.as_slice().is_empty() => None,
            Selectors::Many(set) => Some(set.clone()),
            Selectors::One(selector) => Some(SelectorSet::of(vec![selector.clone()]).into()),
        };
        self
    }

    /// The selectors.
    pub fn selectors(&self) -> &[Selector] {
        match &self.selectors {
            Selectors::One(selector) => std::slice::from_ref(selector),
            Selectors::Many(set) => set.as_slice(),
        }
    }

    /// Whether an event on `topic` is asked for.
    pub fn matches(&self, topic: &Topic) -> bool {
        match &self.selectors {
            Selectors::One(selector) => selector.matches(topic),
            Selectors::Many(set) => set.fits(&Probe::new(topic)),
        }
    }

    /// Checks that no event costs too much to match: together the selectors stay within [`SELECTORS_COST`] and
    /// [`SELECTORS_PROGRAMS`].
    ///
    /// ```
    /// use ssehub::topic::TooCostly;
    /// use ssehub::{Interest, Selector};
    /// let segments = |name: usize| Selector::parse(&format!("{name}/{}", "{a,b,c,d,e}".repeat(10)));
    /// let few = (0..20).map(segments).collect::<Result<Vec<_>, _>>().unwrap();
    /// assert_eq!(Interest::any(few).check_cost(), Ok(()));
    /// let many = (0..21).map(segments).collect::<Result<Vec<_>, _>>().unwrap();
    /// assert_eq!(Interest::any(many).check_cost(), Err(TooCostly::Variables(1_050)));
    /// ```
    pub fn check_cost(&self) -> Result<(), TooCostly> {
        let mut cost = SelectorsCost::default();
        self.selectors().iter().try_for_each(|it| cost.add(it))
    }

    /// How much of a turn it takes to match a topic; one at least.
    pub(crate) fn steps(&self) -> usize {
        let patterns = match &self.selectors {
            Selectors::One(selector) => return selector.steps(),
            Selectors::Many(set) => set.patterns(),
        };
        1 + patterns.map(Selector::steps).sum::<usize>()
    }

    /// The same for the private events that may be seen.
    pub(crate) fn private_steps(&self) -> usize {
        let patterns = self.private.iter().flat_map(|set| set.patterns());
        1 + patterns.map(Selector::steps).sum::<usize>()
    }

    /// Whether any private event may be seen.
    pub(crate) fn sees_private(&self) -> bool {
        self.private.is_some()
    }

    /// Whether a private event may be seen for being on this topic.
    pub(crate) fn sees_private_on(&self, topic: &Topic) -> bool {
        let granted = self.private.as_ref();
        granted.is_some_and(|granted| granted.fits(&Probe::new(topic)))
    }

    /// Whether one of the selectors is this one.
    pub(crate) fn has(&self, selector: &Selector) -> bool {
        self.place_of(selector).is_some()
    }

    /// Where a selector stands among the selectors.
    pub(crate) fn place_of(&self, selector: &Selector) -> Option<usize> {
        match &self.selectors {
            Selectors::One(only) => (only == selector).then_some(0),
            Selectors::Many(set) => set.place_of(selector),
        }
    }

    /// Whether every topic is asked for.
    pub(crate) fn is_for_all(&self) -> bool {
        let patterns = match &self.selectors {
            Selectors::One(only) => return matches!(only, Selector::All),
            Selectors::Many(set) => set.patterns(),
        };
        patterns.into_iter().any(|it| matches!(it, Selector::All))
    }

    /// The names among the selectors.
    pub(crate) fn exact(&self) -> impl Iterator<Item = &Topic> {
        self.selectors()
            .iter()
            .filter_map(|selector| match selector {
                Selector::Exact(topic) => Some(topic),
                Selector::All | Selector::Template(_) => None,
                #[cfg(feature = "urlpattern")]
                Selector::Pattern(_) => None,
            })
    }

    /// The names asked for, when every selector is exact; these can be looked up in an index.
    pub(crate) fn names(&self) -> Option<impl Iterator<Item = &Topic>> {
        let all = match &self.selectors {
            Selectors::One(only) => only.is_exact(),
            Selectors::Many(set) => set.patterns().next().is_none(),
        };
        all.then(|| self.exact())
    }
}

impl From<Selectors> for Interest {
    fn from(selectors: Selectors) -> Interest {
        Interest {
            selectors,
            private: None,
        }
    }
}

/// What selectors cost that are read one after the other.
#[derive(Debug, Default)]
pub(crate) struct SelectorsCost {
    variables: usize,
    programs: usize,
}

impl SelectorsCost {
    /// Counts one more, unless all of them cost too much with it.
    pub(crate) fn add(&mut self, selector: &Selector) -> Result<(), TooCostly> {
        self.variables += selector.cost();
        self.programs += selector.programs();
        if self.programs > SELECTORS_PROGRAMS {
            return Err(TooCostly::Programs(self.programs));
        }
        if self.variables > SELECTORS_COST {
            return Err(TooCostly::Variables(self.variables));
        }
        Ok(())
    }
}

/// Why selectors are refused that are well-formed, each by itself.
///
/// ```
/// use ssehub::topic::TooCostly;
/// let sentence = TooCostly::Programs(11).to_string();
/// assert!(sentence.starts_with("a subscriber has at most 10 URL patterns with regexp groups"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TooCostly {
    /// Their templates have so many variables, or more; that is more than [`SELECTORS_COST`].
    Variables(usize),
    /// Their URL patterns need so many regular expressions, or more; that is more than [`SELECTORS_PROGRAMS`].
    Programs(usize),
}

impl fmt::Display for TooCostly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TooCostly::Variables(cost) => write!(
                f,
                "a subscriber's templates have at most {SELECTORS_COST} variables, and these count as {cost} or more: \
                 {{x:3}} counts for 8, a URL pattern for 4, and 32 bytes of text behind a variable for 1"
            ),
            TooCostly::Programs(_) => write!(
                f,
                "a subscriber has at most {SELECTORS_PROGRAMS} URL patterns with regexp groups, or with several \
                 names that are no whole segments in one part"
            ),
        }
    }
}

impl std::error::Error for TooCostly {}
