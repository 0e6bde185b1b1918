//! Whether the log can be used just now.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::fault::Fault;
use crate::metrics::Counter;
use crate::store::{Health, StorageFault};

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Follow,
    Write,
    Read,
    Show,
    Look,
}

/// What is wrong with each connection.
#[derive(Debug, Default)]
pub(super) struct Board {
    connections: [Mutex<Option<String>>; 5],
    faults: Counter,
}

impl Board {
    pub(super) fn read(&self) -> Health {
        let mut faults = self.connections.iter().filter_map(|it| lock(it).clone());
        faults
            .next()
            .map_or(Health::Well, |reason| Health::Failing(StorageFault(reason)))
    }

    /// How often something has failed.
    pub(super) fn faults(&self) -> u64 {
        self.faults.get()
    }

    /// Why the log cannot be used in this way, as far as that is known.
    pub(super) fn reason(&self, role: Role) -> String {
        let reason = lock(&self.connections[role as usize]).clone();
        reason.unwrap_or_else(|| Fault::Late.to_string())
    }

    pub(super) fn is_well(&self, role: Role) -> bool {
        lock(&self.connections[role as usize]).is_none()
    }

    pub(super) fn fail(&self, role: Role, fault: &Fault) {
        self.faults.add(1);
        let reason = fault.to_string();
        let mut known = lock(&self.connections[role as usize]);
        if known.as_ref() != Some(&reason) {
            log::warn!("the log cannot {}: {reason}", role.verb());
            *known = Some(reason);
        }
    }

    pub(super) fn recover(&self, role: Role) {
        if lock(&self.connections[role as usize]).take().is_some() {
            log::info!("the log can {} again", role.verb());
        }
    }
}

impl Role {
    fn verb(self) -> &'static str {
        match self {
            Role::Follow => "follow Redis",
            Role::Write => "write to Redis",
            Role::Read => "read old events from Redis",
            Role::Show => "tell other hubs who is here",
            Role::Look => "hear from other hubs who is there",
        }
    }
}

fn lock(fault: &Mutex<Option<String>>) -> MutexGuard<'_, Option<String>> {
    fault.lock().unwrap_or_else(PoisonError::into_inner)
}
