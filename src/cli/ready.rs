//! What a server needs before it begins.
//!
//! `ssehub check` makes it to find out whether a server would start, and the server makes it to start. So the two
//! refuse the same settings with the same sentences: what a value must be stands in `settings`, which settings go
//! together in `ready/rules.rs`, what the machine must have in `ready/machine.rs`.

mod machine;
pub(super) mod rules;

use ssehub::jwks::Jwks;
use ssehub::net::Roots;
use ssehub::store::RedisSettings;
use ssehub::tls::Acceptor;

use super::settings::Settings;
use super::systemd;

/// What a server needs before it begins, but for its sockets and its log, which one process alone can have.
pub(crate) struct Ready {
    /// Connections at a time.
    pub(crate) connections: usize,
    /// The Redis that keeps the log; `None` if the log lives elsewhere.
    pub(crate) redis: Option<RedisSettings>,
    /// HTTPS by certificates from files.
    pub(crate) acceptor: Option<Acceptor>,
    /// The roots by which an authority is known, if certificates are to be ordered.
    pub(crate) acme_roots: Option<Roots>,
    /// What keeps the keys of tokens fresh that are fetched, with the number of their authority.
    pub(crate) fetched: Vec<(usize, Jwks)>,
}

impl Settings {
    /// Makes it, or returns a sentence for each thing that is wrong.
    ///
    /// Writes nothing and listens nowhere, since a server may be running.
    pub(crate) fn ready(&self) -> Result<Ready, Vec<String>> {
        let has_sockets = systemd::passes_sockets(|name| std::env::var(name).ok());
        let mut problems = rules::broken(self, has_sockets);
        problems.extend(machine::problems(self));
        problems.extend(self.access.problems());
        match (self.made(), problems.is_empty()) {
            (Ok(ready), true) => Ok(ready),
            (Ok(_), false) => Err(problems),
            (Err(more), _) => {
                problems.extend(more);
                Err(problems)
            }
        }
    }

    /// Makes the parts, whether they go together or not.
    fn made(&self) -> Result<Ready, Vec<String>> {
        let parts = (
            machine::connections(self.connections),
            self.redis(),
            self.tls.acceptor(),
            self.tls.acme.roots(&self.access),
            self.access.fetched(),
        );
        match parts {
            (Ok(connections), Ok(redis), Ok(acceptor), Ok(acme_roots), Ok(fetched)) => Ok(Ready {
                connections,
                redis,
                acceptor,
                acme_roots,
                fetched,
            }),
            (one, two, three, four, five) => {
                let all = [one.err(), two.err(), three.err(), four.err(), five.err()];
                let mut problems: Vec<_> = all.into_iter().flatten().collect();
                // Two of them may read one file.
                problems.dedup();
                Err(problems)
            }
        }
    }
}
