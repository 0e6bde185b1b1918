//! All that one subscriber asks for.

use std::sync::Arc;

use super::{Selector, Topic};

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
    private: Option<Arc<[Selector]>>,
}

/// Nearly always there is one: it needs no memory of its own.
#[derive(Clone, Debug)]
enum Selectors {
    One(Selector),
    Many(Arc<[Selector]>),
}

impl Interest {
    /// One topic.
    pub fn topic(topic: Topic) -> Interest {
        Selectors::One(Selector::Exact(topic)).into()
    }

    /// Any of these selectors, each counted once. None at all matches nothing.
    pub fn any(selectors: impl IntoIterator<Item = Selector>) -> Interest {
        let mut kept: Vec<Selector> = Vec::new();
        for selector in selectors {
            if !kept.contains(&selector) {
                kept.push(selector);
            }
        }
        match <[Selector; 1]>::try_from(kept) {
            Ok([only]) => Selectors::One(only).into(),
            Err(kept) => Selectors::Many(kept.into()).into(),
        }
    }

    /// Private events, too, if one of these selectors matches one of their topics. It need not be
    /// the topic that is asked for.
    pub fn and_private(mut self, granted: Arc<[Selector]>) -> Interest {
        self.private = Some(granted).filter(|granted| !granted.is_empty());
        self
    }

    /// The selectors.
    pub fn selectors(&self) -> &[Selector] {
        match &self.selectors {
            Selectors::One(selector) => std::slice::from_ref(selector),
            Selectors::Many(selectors) => selectors,
        }
    }

    /// Whether an event on `topic` is asked for.
    pub fn matches(&self, topic: &Topic) -> bool {
        self.selectors()
            .iter()
            .any(|selector| selector.matches(topic))
    }

    /// Whether any private event may be seen.
    pub(crate) fn sees_private(&self) -> bool {
        self.private.is_some()
    }

    /// Whether a private event on `topics` may be seen.
    pub(crate) fn may_see<'t>(&self, mut topics: impl Iterator<Item = &'t Topic>) -> bool {
        let granted = self.private.as_deref().unwrap_or_default();
        topics.any(|topic| granted.iter().any(|selector| selector.matches(topic)))
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
        let exact = |selector: &Selector| matches!(selector, Selector::Exact(_));
        self.selectors().iter().all(exact).then(|| self.exact())
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
