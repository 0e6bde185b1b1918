//! One server, and clients that speak bytes to it over pipes.

mod reply;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::{block_on, poll_once};
use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _};
use smol::Task;
use ssehub::http::{Connection, HttpConfig, Site, serve, serve_from};
use ssehub::limits::Peer;
use ssehub::store::Budget;
use ssehub::{Event, HubConfig, Interest, Selector};

use crate::pipe::{Duplex, duplex};
use crate::world::World;
pub use reply::Reply;

/// What a connection holds unread in each direction.
const PIPE_BYTES: usize = 4_096;

/// One server and one client that speaks bytes.
pub struct Talk {
    pub world: Rc<World>,
    pub site: Arc<Site>,
    pub pipe: Duplex,
    pub serving: Task<()>,
    pub received: Vec<u8>,
    /// Whether the server has said that nothing more will come.
    pub ended: bool,
}

impl Talk {
    pub fn new() -> Talk {
        Talk::with(HttpConfig::default())
    }

    pub fn with(config: HttpConfig) -> Talk {
        let world = World::new(HubConfig::default().seed(1));
        let site = Arc::new(Site::new(world.hub.clone(), config));
        Talk::in_world(Rc::new(world), site)
    }

    /// Another client of the same server.
    pub fn another(&self) -> Talk {
        Talk::in_world(self.world.clone(), self.site.clone())
    }

    /// Another client of the same server, at this place.
    pub fn another_from(&self, peer: Peer) -> Talk {
        let serve = |server, site| serve_from(server, site, peer);
        Talk::begin(self.world.clone(), self.site.clone(), serve)
    }

    pub fn in_world(world: Rc<World>, site: Arc<Site>) -> Talk {
        Talk::begin(world, site, serve)
    }

    fn begin(
        world: Rc<World>,
        site: Arc<Site>,
        serve: impl FnOnce(Duplex, Arc<Site>) -> Connection<Duplex>,
    ) -> Talk {
        let (pipe, server) = duplex(PIPE_BYTES);
        Talk {
            serving: world.spawn(serve(server, site.clone())),
            world,
            site,
            pipe,
            received: Vec::new(),
            ended: false,
        }
    }

    /// Goes away without a word: nobody is subscribed any more. What served it.
    #[track_caller]
    pub fn vanish(self) -> Task<()> {
        let Talk {
            world,
            pipe,
            site,
            serving,
            ..
        } = self;
        drop(pipe);
        world.settle();
        assert_eq!(site.hub().subscribers(), 0);
        assert!(serving.is_finished());
        serving
    }

    /// Sends all that the server takes, reading meanwhile.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let mut rest = bytes.as_ref();
        loop {
            let taken = self.push(rest);
            rest = &rest[taken..];
            self.read();
            if rest.is_empty() || taken == 0 {
                return;
            }
        }
    }

    /// Sends what the pipe takes at once, and reads nothing.
    pub fn push(&mut self, bytes: impl AsRef<[u8]>) -> usize {
        let written = block_on(poll_once(self.pipe.write(bytes.as_ref())));
        self.world.settle();
        written.map_or(0, |written| written.unwrap_or(0))
    }

    pub fn read(&mut self) {
        self.world.settle();
        while self.sip() {
            self.world.settle();
        }
    }

    /// Reads what is in the pipe and lets nobody fill it again; `false` if there is nothing.
    pub fn sip(&mut self) -> bool {
        let mut part = [0; PIPE_BYTES];
        match block_on(poll_once(self.pipe.read(&mut part))) {
            None => return false,
            Some(Ok(0) | Err(_)) => self.ended = true,
            Some(Ok(bytes)) => self.received.extend_from_slice(&part[..bytes]),
        }
        !self.ended
    }

    pub fn pass(&mut self, time: Duration) {
        self.world.pass(time);
        self.read();
    }

    /// Says that nothing more will be sent.
    pub fn hang_up(&mut self) {
        block_on(self.pipe.close()).unwrap();
        self.read();
    }

    /// The next reply to a request other than HEAD.
    pub fn reply(&mut self) -> Option<Reply> {
        Reply::take(&mut self.received, true)
    }

    /// The statuses of all replies, and `end` if the server has said that it will send no more.
    pub fn transcript(&mut self) -> String {
        let mut words = Vec::new();
        while let Some(reply) = self.reply() {
            words.push(reply.status.to_string());
        }
        let rest = self.received.escape_ascii();
        assert!(self.received.is_empty(), "after {words:?}: {rest}");
        words.extend(self.ended.then(|| "end".to_owned()));
        words.join(" ")
    }

    /// What is in the log.
    pub fn said(&self) -> Vec<String> {
        let events = self.events();
        events.iter().map(|event| event.data().into()).collect()
    }

    /// The events in the log, also the private ones.
    pub fn events(&self) -> Vec<Arc<Event>> {
        let log = self.site.hub().log();
        let start = log.kept_after();
        let budget = Budget {
            events: usize::MAX,
            bytes: usize::MAX,
        };
        let all = Interest::any([Selector::All]).and_private([Selector::All].into());
        block_on(log.read(start, &all, budget)).unwrap().events
    }

    pub fn is_over(&self) -> bool {
        self.world.settle();
        self.serving.is_finished()
    }

    /// Asserts that the connection ends when its client hangs up, and that it has not panicked.
    pub fn finish(mut self) {
        self.hang_up();
        assert!(self.is_over(), "the connection outlives its client");
        block_on(self.serving);
    }
}
