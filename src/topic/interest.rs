//! All that one subscriber asks for.

use std::sync::Arc;

use super::{Selector, Topic};

/// All that one subscriber asks for. Clones share it.
#[derive(Clone, Debug)]
pub struct Interest(Selectors);

/// Nearly always there is one: it needs no memory of its own.
#[derive(Clone, Debug)]
enum Selectors {
    One(Selector),
    Many(Arc<[Selector]>),
}

impl Interest {
    /// One topic.
    pub fn topic(topic: Topic) -> Interest {
        Interest(Selectors::One(Selector::Exact(topic)))
    }

    /// Any of these selectors, each counted once. None at all matches nothing.
    pub fn any(selectors: impl IntoIterator<Item = Selector>) -> Interest {
        let mut kept: Vec<Selector> = Vec::new();
        for selector in selectors {
            if !kept.contains(&selector) {
                kept.push(selector);
            }
        }
        Interest(match <[Selector; 1]>::try_from(kept) {
            Ok([only]) => Selectors::One(only),
            Err(kept) => Selectors::Many(kept.into()),
        })
    }

    /// The selectors.
    pub fn selectors(&self) -> &[Selector] {
        match &self.0 {
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

    /// The names among the selectors.
    pub(crate) fn exact(&self) -> impl Iterator<Item = &Topic> {
        self.selectors()
            .iter()
            .filter_map(|selector| match selector {
                Selector::Exact(topic) => Some(topic),
                Selector::All | Selector::Template(_) => None,
            })
    }

    /// The names asked for, when every selector is exact; these can be looked up in an index.
    pub(crate) fn names(&self) -> Option<impl Iterator<Item = &Topic>> {
        let exact = |selector: &Selector| matches!(selector, Selector::Exact(_));
        self.selectors().iter().all(exact).then(|| self.exact())
    }
}
