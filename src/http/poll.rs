//! Long polling: waits for at least one event and answers with those that there are.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll as Progress};
use std::time::Duration;

use futures_lite::FutureExt as _;

use super::Site;
use super::answer::{After, Asker, send};
use super::connection::Transport;
use super::head::{Head, Method, Version};
use super::quota::Places;
use super::reply::Reply;
use super::visit::Visit;
use super::wire::{Broken, Wire};
use crate::event::{Event, EventId, Format, Notice};
use crate::hub::{Next, Offered, Outlet, Reading, Subscription};
use crate::json;
use crate::metrics::{Sent, Via};
use crate::presence::Seat;
use crate::store::Start;
use crate::topic::Interest;

/// How often one that waits looks again, so that the log does not forget, under other topics' events,
/// the position that it will answer with.
const REFRESH: Duration = Duration::from_secs(5);

/// How long a look at the log may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a poll asks for.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) interest: Interest,
    pub(super) start: Start,
    pub(super) reading: Reading,
    /// Who asks, if they say it.
    pub(super) user: Option<Arc<str>>,
    /// Whether they want to know who is there.
    pub(super) presence: bool,
    /// Until when on the clock they may read, if that is bounded.
    pub(super) until: Option<Duration>,
    /// The names of parameters that mean nothing here.
    pub(super) unknown: Vec<String>,
    /// How long it may take until there is an event.
    pub(super) wait: Duration,
    /// What it takes of what its client or its credential may have, until it is answered.
    #[expect(dead_code, reason = "they are held for their drop")]
    pub(super) places: Places,
}

/// A question, and whoever asks it. Of the request nothing else is left.
#[derive(Debug)]
pub(super) struct Poll {
    question: Question,
    method: Method,
    version: Version,
    keep_alive: bool,
    path: String,
    origin: Option<String>,
    visit: Option<Box<Visit>>,
}

/// What a look at the log has found.
struct Found {
    events: Vec<Arc<Event>>,
    /// Everything asked for up to here is in `events`, or was in what came before.
    upto: EventId,
    gap: Option<(String, EventId)>,
    /// Every topic has ended, and nothing else was found.
    over: bool,
}

impl Poll {
    pub(super) fn new(question: Question, head: &Head, visit: Option<Box<Visit>>) -> Poll {
        let asker = Asker::of(head, None);
        Poll {
            question,
            method: asker.method,
            version: asker.version,
            keep_alive: head.keep_alive,
            path: asker.path.to_owned(),
            origin: asker.origin.map(str::to_owned),
            visit,
        }
    }

    /// Waits for an event, the end of the time, or that of the connection, and answers.
    pub(super) async fn answer<S: Transport>(
        mut self,
        wire: &mut Wire<S>,
        site: &Site,
    ) -> Result<After, Broken> {
        let _seat = self.question.seat(site);
        site.hub.tally().subscribed(Via::Poll).add(1);
        let reply = match self.question.find(wire, site).await {
            Ok(found) => {
                let events = found.events.len() as u64;
                site.hub.tally().deliveries.add(events);
                if let Some(visit) = &mut self.visit {
                    visit.sent.events = events;
                }
                found.reply(&self.question, site)
            }
            Err(reply) => reply,
        };
        let asker = Asker {
            method: self.method,
            version: self.version,
            path: &self.path,
            head: None,
            origin: self.origin.as_deref(),
            visit: self.visit.as_deref(),
        };
        send(
            wire,
            site,
            asker,
            reply.field("vary", "Accept"),
            self.keep_alive,
        )
        .await
    }
}

impl Question {
    /// The asker's place among those who are there, if they say who they are.
    fn seat(&self, site: &Site) -> Option<Seat> {
        let user = self.user.clone()?;
        Some(site.hub.presence().seat(user, &self.interest))
    }

    /// Who is there, for those who want to know.
    fn rolls(&self, site: &Site) -> Option<Vec<Arc<Notice>>> {
        let presence = self.presence.then(|| site.hub.presence())?;
        Some(presence.rolls(&self.interest))
    }

    async fn find<S: Transport>(&self, wire: &mut Wire<S>, site: &Site) -> Result<Found, Reply> {
        let clock = site.hub.clock();
        let until = clock.now() + self.wait;
        let until = self.until.map_or(until, |end| end.min(until));
        let mut start = self.start.clone();
        loop {
            let (found, subscription) = self.look_in_time(site, start).await?;
            let now = clock.now();
            if !found.is_empty() || found.over || now >= until || site.hub.is_closed() {
                return Ok(found);
            }
            match wait(subscription, wire, until.min(now + REFRESH)).await {
                Ok(()) | Err(Broken::Late) => start = Start::After(found.upto.to_string()),
                // It may have closed but one side, and still read.
                Err(Broken::Gone) => return Ok(found),
            }
        }
    }

    /// Looks, but does not wait for a log that has failed.
    async fn look_in_time(
        &self,
        site: &Site,
        start: Start,
    ) -> Result<(Found, Subscription), Reply> {
        let look = async { Ok(self.look(site, start).await) };
        let late = async {
            site.hub.clock().sleep(PATIENCE).await;
            Err(Reply::unavailable(
                "the log cannot be read at the moment".to_owned(),
            ))
        };
        look.or(late).await
    }

    /// Reads what the log has after `start`.
    async fn look(&self, site: &Site, start: Start) -> (Found, Subscription) {
        let tail = site.hub.log().tail();
        let interest = self.interest.clone();
        let subscription = site.hub.subscribe_with(interest, start, self.reading);
        let mut subscription = subscription.via(Via::Poll);
        let mut found = Found {
            events: Vec::new(),
            upto: tail,
            gap: None,
            over: false,
        };
        loop {
            match subscription.catch_up().await {
                Some(Next::Gap { after, resumed }) => found.miss(after, resumed),
                Some(Next::Events(events)) => {
                    found.upto = events.last().map_or(tail, |last| last.id());
                    found.events = events;
                    break;
                }
                Some(Next::Ended) => {
                    found.over = found.is_empty();
                    break;
                }
                None => {
                    // The tail may have lain before the start: another hub can be further than this one.
                    found.upto = subscription.reached().unwrap_or(tail);
                    break;
                }
            }
        }
        (found, subscription)
    }
}

/// Waits until there is something to look for, until `at`, or for the peer to close its side.
async fn wait<S: Transport>(
    mut subscription: Subscription,
    wire: &mut Wire<S>,
    at: Duration,
) -> Result<(), Broken> {
    if subscription.lend(Box::new(Bell)).is_err() {
        return Ok(());
    }
    let rung = poll_fn(|cx| subscription.poll_returned::<Bell>(cx).map(|_| Ok(())));
    let over = async { Err(wire.watch(at).await) };
    rung.or(over).await
}

/// Stands in for a stream: takes no event, and is given back at the first.
struct Bell;

impl Outlet for Bell {
    fn offer(&mut self, _: &[Arc<Event>], _: &mut Sent) -> Offered {
        Offered::Gone
    }

    fn heartbeat(&mut self, _: &mut Sent) -> Offered {
        Offered::Written
    }

    fn poll_gone(&mut self, _: &mut Context<'_>) -> Progress<()> {
        Progress::Pending
    }
}

impl Found {
    /// Takes note of a gap. With nothing between them, two are one, from where the first of them begins.
    fn miss(&mut self, after: String, resumed: EventId) {
        let after = match self.gap.take() {
            Some((known, _)) if !is_before(&after, &known) => known,
            _ => after,
        };
        self.gap = Some((after, resumed));
        self.upto = resumed;
    }

    fn is_empty(&self) -> bool {
        self.events.is_empty() && self.gap.is_none()
    }

    /// The events as subscribers to lines get them, so that no poll encodes them again.
    fn reply(&self, question: &Question, site: &Site) -> Reply {
        if self.over {
            return Reply::new(204).field("cache-control", "no-store");
        }
        let mut body = br#"{"events":["#.to_vec();
        for (place, event) in self.events.iter().enumerate() {
            if place > 0 {
                body.push(b',');
            }
            body.extend_from_slice(event.frame(Format::Lines).plain().trim_ascii_end());
        }
        let position = self.upto;
        body.extend_from_slice(format!(r#"],"last_event_id":"{position}""#).as_bytes());
        if let Some((after, resumed)) = &self.gap {
            let gap = serde_json::json!({ "after": after, "resumed": resumed.to_string() });
            body.extend_from_slice(format!(r#","gap":{}"#, json::encode(&gap)).as_bytes());
        }
        if !question.unknown.is_empty() {
            let names = json::encode(&question.unknown);
            body.extend_from_slice(format!(r#","unknown_parameters":{names}"#).as_bytes());
        }
        if let Some(rolls) = question.rolls(site) {
            let rolls: Vec<_> = rolls.iter().map(|roll| roll.data()).collect();
            body.extend_from_slice(format!(r#","presence":[{}]"#, rolls.join(",")).as_bytes());
        }
        body.push(b'}');
        Reply {
            body: body.into(),
            ..Reply::json(200, "")
        }
    }
}

/// Whether both are positions, and the one comes first.
fn is_before(one: &str, other: &str) -> bool {
    let position = |id: &str| id.parse::<EventId>();
    matches!((position(one), position(other)), (Ok(one), Ok(other)) if one < other)
}
