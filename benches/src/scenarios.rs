//! What is measured: one file for each kind of load.

mod catchup;
mod common;
mod credentials;
mod durable;
mod fanout;
mod million;
mod saturation;
mod stalled;
mod startup;
mod storm;

use crate::progress::Progress;
use crate::sample::Sample;
use crate::scale::Scale;
use crate::servers::Server;
pub use common::first_visit;

/// What a scenario may use.
pub struct Stage<'a> {
    pub server: &'a Server,
    pub scale: &'a Scale,
    pub progress: &'a Progress,
}

/// One kind of load.
pub struct Scenario {
    /// What `--only` calls it.
    pub name: &'static str,
    pub about: &'static str,
    /// The sizes it is run with; each is measured and reported on its own.
    pub sizes: fn(&Scale) -> Vec<usize>,
    /// Whether the server can take part.
    pub suits: fn(&Server) -> bool,
    pub run: fn(&Stage, usize) -> Result<Sample, String>,
}

/// Every scenario, in the order of the report.
pub fn all() -> &'static [Scenario] {
    &SCENARIOS
}

fn the_crowd(scale: &Scale) -> Vec<usize> {
    vec![scale.subscribers]
}

fn in_memory(server: &Server) -> bool {
    !server.on_disk
}

/// Whether it is the hub, whose library can be served without a network.
fn is_the_hub(server: &Server) -> bool {
    server.name == "ssehub"
}

fn has_history(server: &Server) -> bool {
    in_memory(server) && server.dialect.can_resume()
}

static SCENARIOS: [Scenario; 13] = [
    Scenario {
        name: "fanout",
        about: "all on one topic, 10 events a second: arrival, memory, CPU per delivery, latency",
        sizes: the_crowd,
        suits: in_memory,
        run: fanout::run,
    },
    Scenario {
        name: "saturation",
        about: "1,000 subscribers, 4 publishers that send the next event when the last is answered",
        sizes: |_| vec![1_000],
        suits: in_memory,
        run: saturation::run,
    },
    Scenario {
        name: "publish",
        about: "1 subscriber, 4 such publishers",
        sizes: |_| vec![1],
        suits: in_memory,
        run: saturation::run,
    },
    Scenario {
        name: "credentials",
        about: "4 such publishers that show nothing, an API key, one token, or each time another token",
        sizes: |scale| vec![scale.publishes],
        suits: is_the_hub,
        run: credentials::run,
    },
    Scenario {
        name: "durable",
        about: "publishers in a closed loop, each answered when its event is on the disk",
        sizes: |_| vec![1, 16, 64, 256],
        suits: |server| server.on_disk,
        run: durable::run,
    },
    Scenario {
        name: "catchup",
        about: "all come back at once, each 100 events behind",
        sizes: the_crowd,
        suits: has_history,
        run: catchup::run,
    },
    Scenario {
        name: "storm",
        about: "all reconnect again and again while events flow, each from where it left off",
        sizes: the_crowd,
        suits: has_history,
        run: storm::run,
    },
    Scenario {
        name: "rooms",
        about: "many topics of 10 subscribers, one event a second each",
        sizes: |scale| vec![scale.rooms],
        suits: in_memory,
        run: fanout::run_rooms,
    },
    Scenario {
        name: "large",
        about: "events of 64 KiB to 100 subscribers, 4 publishers in a closed loop",
        sizes: |_| vec![100],
        suits: in_memory,
        run: saturation::run_large,
    },
    Scenario {
        name: "stalled",
        about: "as saturation, with one subscriber that stops reading",
        sizes: |_| vec![1_000],
        suits: |server| in_memory(server) && !server.waits_for_readers,
        run: stalled::run,
    },
    Scenario {
        name: "startup",
        about: "from exec to the first accepted connection; memory with no clients; binary size",
        sizes: |_| vec![0],
        suits: in_memory,
        run: startup::run,
    },
    Scenario {
        name: "scale",
        about: "fan-out at several sizes: the cost of a delivery and of a subscriber must not grow",
        sizes: |scale| scale.steps.to_vec(),
        suits: in_memory,
        run: fanout::run_scale,
    },
    Scenario {
        name: "million",
        about: "as many in memory, without sockets: on one topic, then ten on each (rooms)",
        sizes: |scale| scale.simulated.to_vec(),
        suits: is_the_hub,
        run: million::run,
    },
];
