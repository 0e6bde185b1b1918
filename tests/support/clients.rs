//! The publishers and subscribers of one run, each on a thread of its own.

use std::thread::{Scope, ScopedJoinHandle};

use fastrand::Rng;

use super::joined;
use super::ledger::{Heard, Sent};
use super::publisher;
use super::run::Run;
use super::subscriber::Subscriber;

/// Those who are at work.
pub struct Clients<'s> {
    publishers: Vec<ScopedJoinHandle<'s, Vec<Sent>>>,
    subscribers: Vec<ScopedJoinHandle<'s, Heard>>,
}

impl<'s> Clients<'s> {
    pub fn begin(scope: &'s Scope<'s, '_>, run: &'s Run, chance: &mut Rng) -> Clients<'s> {
        let publishers = publisher::chances(chance)
            .map(|(number, chance)| scope.spawn(move || publisher::publish(run, number, chance)))
            .collect();
        let subscribers = Subscriber::of_each_manner(run, chance)
            .map(|subscriber| scope.spawn(move || subscriber.listen()))
            .collect();
        Clients {
            publishers,
            subscribers,
        }
    }

    /// Ends publishing, then the topics; what was sent and what was heard.
    pub fn end(self, run: &Run, chance: &mut Rng) -> (Vec<Vec<Sent>>, Vec<Heard>) {
        run.end_publishing();
        let sent = self.publishers.into_iter().map(joined).collect();
        publisher::publish_ends(run, chance);
        let heard = self.subscribers.into_iter().map(joined).collect();
        (sent, heard)
    }
}
