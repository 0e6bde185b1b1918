//! A topic that selectors are compared with, and what this has brought to light so far.

use std::cell::OnceCell;

use super::Topic;
use super::template::Terrain;

/// A topic that selectors are compared with, one after the other.
#[derive(Debug)]
pub(crate) struct Probe<'t> {
    topic: &'t Topic,
    terrain: OnceCell<Terrain<'t>>,
}

impl<'t> Probe<'t> {
    pub(crate) fn new(topic: &'t Topic) -> Probe<'t> {
        Probe {
            topic,
            terrain: OnceCell::new(),
        }
    }

    pub(crate) fn topic(&self) -> &'t Topic {
        self.topic
    }

    /// What templates walk over.
    pub(super) fn terrain(&self) -> &Terrain<'t> {
        self.terrain.get_or_init(|| Terrain::of(self.topic))
    }
}
