//! The roll of a topic, and how much of it one request gets.

use std::sync::Arc;

use serde::Serialize;

use crate::topic::Topic;

/// Most users in a [`Roll`]; of the others it tells how many there are.
pub const ROLL_USERS: usize = 1_000;

/// Most bytes of names in a [`Roll`].
pub const ROLL_BYTES: usize = 64 << 10;

/// Topics of one request whose rolls may be as long as that; those of more topics share what these may have.
pub const FULL_ROLLS: usize = 4;

/// Who is on a topic.
///
/// ```
/// use ssehub::presence::{Attendee, Roll};
/// # fn tell(roll: &Roll) -> String {
/// let names: Vec<&str> = roll.users.iter().map(|it: &Attendee| &*it.user).collect();
/// format!("{} and {} more", names.join(", "), roll.unlisted + roll.anonymous)
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Roll {
    /// The topic.
    pub topic: Topic,
    /// The first users in the order of their names: at most [`ROLL_USERS`], whose names have at most
    /// [`ROLL_BYTES`] together.
    pub users: Vec<Attendee>,
    /// How many users there are beyond those.
    #[serde(skip_serializing_if = "is_zero")]
    pub unlisted: usize,
    /// Subscriptions of nobody in particular.
    pub anonymous: usize,
}

/// A user on a topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Attendee {
    /// The name.
    pub user: Arc<str>,
    /// Connections to the topic: none, while it may still come back.
    pub connections: usize,
}

/// Which part of [`ROLL_USERS`] and of [`ROLL_BYTES`] a roll may have: all, a half, a quarter and so on. Few
/// lengths are in use, so that a roll serves all who ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share {
    halvings: u32,
}

impl Share {
    /// The whole of a roll.
    pub(super) const FULL: Share = Share { halvings: 0 };

    /// The share of each of these topics of one request: all of them together have what [`FULL_ROLLS`] may have.
    pub(super) fn of(topics: usize) -> Share {
        let halvings = topics.div_ceil(FULL_ROLLS).max(1).next_power_of_two();
        Share {
            halvings: halvings.trailing_zeros(),
        }
    }

    /// This share of what a whole roll may have.
    pub(super) fn part(self, whole: usize) -> usize {
        whole >> self.halvings
    }
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}
