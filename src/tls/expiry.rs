//! Certificates that end: how long they have left, and who is told of it.

use std::time::Duration;

use super::Acceptor;
use crate::clock::Clock;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// From when on a certificate that will end is worth a word: time to find out why nobody has renewed it.
pub const WARNED_BEFORE: Duration = Duration::from_secs(14 * DAY.as_secs());

/// Pause between two looks at the certificates.
const LOOK_PAUSE: Duration = DAY;

/// The end of a certificate.
///
/// ```
/// use std::time::Duration;
/// use ssehub::Clock;
/// use ssehub::tls::{Acceptor, Expiry};
/// # fn example(acceptor: &Acceptor, clock: &Clock) {
/// let now = Duration::from_millis(clock.unix_ms());
/// for expiry in acceptor.expiries() {
///     let expiry: Expiry = expiry;
///     println!("{}: {}", expiry.name, expiry.doubt(now).unwrap_or_default());
/// }
/// acceptor.look(clock);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// The first name that it is for, or `unnamed` if it is for addresses alone. Of several certificates
    /// with this name, the one that ends first counts.
    pub name: String,
    /// When it ends, since the Unix epoch.
    pub at: Duration,
}

impl Expiry {
    /// A sentence for whoever runs the server, if it has ended `now`, since the Unix epoch, or ends soon.
    pub fn doubt(&self, now: Duration) -> Option<String> {
        let name = &self.name;
        if self.is_over(now) {
            return Some(format!("the certificate of {name} has expired"));
        }
        let left = self.at.saturating_sub(now);
        let days = match left.as_secs() / DAY.as_secs() + 1 {
            1 => "a day".to_owned(),
            days => format!("{days} days"),
        };
        (left < WARNED_BEFORE)
            .then(|| format!("the certificate of {name} expires in less than {days}"))
    }

    fn is_over(&self, now: Duration) -> bool {
        self.at <= now
    }
}

impl Acceptor {
    /// Tells the log of certificates that have ended or soon will: now, and once a day. Does not end.
    pub async fn watch(&self, clock: &Clock) {
        loop {
            self.look(clock);
            clock.sleep(LOOK_PAUSE).await;
        }
    }

    /// Tells the log of certificates that have ended or soon will.
    pub fn look(&self, clock: &Clock) {
        let now = Duration::from_millis(clock.unix_ms());
        for expiry in self.expiries() {
            match expiry.doubt(now) {
                None => {}
                Some(doubt) if expiry.is_over(now) => log::error!("{doubt}"),
                Some(doubt) => log::warn!("{doubt}"),
            }
        }
    }
}
