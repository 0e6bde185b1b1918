//! Who is there: `GET /presence/{topic}`, and streams that are told who comes and goes.
//!
//! A stream or a poll with `user=NAME` is a connection of that user to each topic that it asks for by name.
//! With `presence=1` a stream begins, after what it has to catch up with, with an event of type `presence`
//! for each of these topics, and goes on with those of type `join` and `leave` among the others.
//!
//! Such a stream is not lent to the pump: its own task waits for events and for notices, sends its
//! heartbeats, and costs what only those pay who ask for it.
//!
//! A connection that is lost without a word is noticed when a heartbeat cannot be delivered: its user
//! has left within two heartbeats and the grace.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use futures_lite::FutureExt as _;
use futures_lite::future::{poll_once, yield_now};

use super::access::{self, Effect};
use super::connection::Transport;
use super::head::Head;
use super::lease::Pace;
use super::query::Query;
use super::reply::Reply;
use super::stream::{End, EventStream};
use super::wire::Broken;
use super::{Site, topics, user};
use crate::event::Notice;
use crate::hub::{Next, Outlet as _, Subscription};
use crate::presence::Watcher;
use crate::topic::Interest;

/// Who is on a topic.
pub(super) fn roll(site: &Site, head: &Head, part: &str) -> Result<Reply, Reply> {
    let topic = topics::in_path(part)?;
    let grant = access::grant(site, head, Effect::Reads, None)?;
    let interest = Interest::topic(topic);
    access::check_read(&grant, &interest)?;
    let rolls = site.hub.presence().rolls(&interest);
    let json = rolls.first().map_or("", |roll| roll.data());
    Ok(Reply::json(200, json.to_owned()))
}

/// Who asks, if they say it.
pub(super) fn asker(query: &Query<'_>) -> Result<Option<Arc<str>>, Reply> {
    let name = query.get("user").map(user::check).transpose();
    let name = name.map_err(|reason| Reply::error(400, reason))?;
    Ok(name.map(Arc::from))
}

/// Whether a stream is to be told who comes and goes.
pub(super) fn is_wanted(query: &Query<'_>, interest: &Interest) -> Result<bool, Reply> {
    match query.get("presence") {
        None | Some("0") => Ok(false),
        Some("1") if interest.exact().next().is_some() => Ok(true),
        Some("1") => Err(Reply::error(
            400,
            "presence is told of topics by their names",
        )),
        Some(_) => Err(Reply::error(400, "presence is either 0 or 1")),
    }
}

/// A stream that is told who comes and goes.
pub(super) struct Watched<S> {
    pub(super) stream: Box<EventStream<S>>,
    pub(super) subscription: Subscription,
    pub(super) watcher: Watcher,
    pub(super) until: Option<Duration>,
}

/// What a watched stream has to do.
enum Turn {
    Tell(Arc<Notice>),
    Write(Next),
    /// Nothing has happened for a heartbeat's time, or the stream's time is over.
    Quiet,
    Gone,
}

impl<S: Transport> Watched<S> {
    /// Writes for as long as the peer is there. The time is kept even while the peer takes nothing.
    pub(super) async fn run(self, site: &Site) {
        let keeping = async { match site.hub.presence().keep_time().await {} };
        let writing = async { _ = self.write(site).await };
        keeping.or(writing).await;
    }

    async fn write(mut self, site: &Site) -> Result<(), Broken> {
        let mut pace = Pace::new(site, self.until);
        let mut goes_on = self
            .stream
            .catch_up(&mut self.subscription, &mut pace)
            .await?;
        while goes_on {
            let turn = self.turn(&mut pace, site.hub.heartbeat()).await;
            let stream = &mut self.stream;
            match turn {
                Turn::Write(next) => goes_on = stream.write(next, &mut pace).await?,
                Turn::Tell(notice) => {
                    stream.tell(&notice, &mut pace).await?;
                    // However many come and go, the events have their turn.
                    if let Some(next) = poll_once(self.subscription.next()).await {
                        goes_on = stream.write(next, &mut pace).await?;
                    }
                }
                Turn::Quiet if pace.is_over() => return stream.finish(End::Time, &mut pace).await,
                Turn::Quiet => stream.beat(&mut pace).await?,
                Turn::Gone => return Err(Broken::Gone),
            }
            yield_now().await;
        }
        Ok(())
    }

    /// Waits until there is something to do.
    async fn turn(&mut self, pace: &mut Pace, heartbeat: Duration) -> Turn {
        let Watched {
            stream,
            subscription,
            watcher,
            ..
        } = self;
        let gone = async {
            poll_fn(|cx| stream.poll_gone(cx)).await;
            Turn::Gone
        };
        let told = async { Turn::Tell(watcher.next().await) };
        let events = async { Turn::Write(subscription.next().await) };
        let delay = match heartbeat.is_zero() {
            true => Duration::MAX,
            false => heartbeat,
        };
        let turn = pace.within(delay, gone.or(told).or(events)).await;
        turn.unwrap_or(Turn::Quiet)
    }
}
