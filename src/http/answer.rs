//! What a route answers, and how the answer goes to whoever asked.

use super::connection::Transport;
use super::dashboard::Watch;
use super::head::{Head, Method, Version};
use super::poll::{Poll, Question};
use super::reply::Reply;
use super::route::{Publish, Route, Target};
use super::stream::{self, Opening};
use super::subscribe::Wanted;
use super::visit::{self, Visit};
use super::wire::{Broken, Wire};
use super::{Site, chat, dashboard, health, mercure, metrics, presence, publish, subscribe};
use crate::event::{Format, Frame};

/// What a route answers. It is passed on from hand to hand, so what is large is boxed.
pub(super) enum Answer {
    Reply(Reply),
    /// Events, for as long as there are any.
    Stream(Box<Opening>),
    /// The next events, when there are any.
    Poll(Box<Question>),
    /// How the server does, for as long as somebody looks.
    Watch(Watch),
}

/// A request that its head does not refuse, with what the head has decided. The body is read next.
pub(super) enum Allowed<'h> {
    /// A message to the chat.
    Message(chat::Speaker),
    /// One event, or several lines.
    Events(publish::Publisher),
    /// An update of the Mercure protocol.
    Update(mercure::Publisher),
    /// A subscriber of the Mercure protocol, whose topics may stand in the body.
    Query(Box<mercure::Asking<'h>>),
    /// A route that uses no body.
    Bodiless(Route<'h>),
}

impl Allowed<'_> {
    /// Whether the body is used at all.
    pub(super) fn uses_body(&self) -> bool {
        !matches!(self, Allowed::Bodiless(_))
    }
}

/// What a request leaves to be done.
pub(super) enum Turn {
    Over(After),
    /// To wait until there is an answer, for which nothing else of the request is needed.
    Waits(Box<Poll>),
}

/// What becomes of a connection after an answer.
pub(super) enum After {
    /// The next request.
    Next,
    /// Nothing more.
    Close,
    /// This subscriber's events.
    Stream(Box<Opening>, Version, Option<Box<Visit>>),
    /// The dashboard's stream.
    Watch(Watch, Version, Option<Box<Visit>>),
}

/// Whoever asked, as far as the answer depends on it.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) method: Method,
    pub(super) version: Version,
    pub(super) path: &'a str,
    /// All of the request, if it could be read and is still there.
    pub(super) head: Option<&'a Head>,
    pub(super) origin: Option<&'a str>,
    /// For the access log, if there is one.
    pub(super) visit: Option<&'a Visit>,
}

impl<'a> Asker<'a> {
    /// One whose request could not be read.
    pub(super) fn unknown(visit: Option<&'a Visit>) -> Asker<'a> {
        Asker {
            method: Method::Get,
            version: Version::Http11,
            path: "?",
            head: None,
            origin: None,
            visit,
        }
    }

    pub(super) fn of(head: &'a Head, visit: Option<&'a Visit>) -> Asker<'a> {
        Asker {
            method: head.method,
            version: head.version,
            path: head.request.url().path(),
            head: Some(head),
            origin: head.values("origin").next(),
            visit,
        }
    }
}

/// Decides by the head whether the body is worth reading: credential, origin, rate, and what the head says of the
/// topic. A route that uses no body decides when it answers.
pub(super) fn allow<'h>(
    site: &Site,
    head: &'h Head,
    target: Target<'h>,
) -> Result<Allowed<'h>, Reply> {
    Ok(match target {
        Target::Publish(Publish::Message) => Allowed::Message(chat::allow(site, head)?),
        Target::Publish(Publish::Events(topic)) => {
            Allowed::Events(publish::allow(site, head, topic)?)
        }
        Target::Publish(Publish::Update) => {
            let publisher = mercure::allow_publisher(site, head);
            Allowed::Update(publisher.map_err(|reply| mercure::point(site, reply))?)
        }
        Target::Other(Route::MercureStream) if head.method == Method::Query => {
            let asking = mercure::allow_subscriber(site, head);
            Allowed::Query(Box::new(
                asking.map_err(|reply| mercure::point(site, reply))?,
            ))
        }
        Target::Other(route) => Allowed::Bodiless(route),
    })
}

/// Does what was allowed.
pub(super) async fn answer(
    site: &Site,
    head: &Head,
    allowed: Allowed<'_>,
    body: &[u8],
) -> Result<Answer, Reply> {
    Ok(Answer::Reply(match allowed {
        Allowed::Message(speaker) => speaker.say(site, body).await?,
        Allowed::Events(publisher) => publisher.publish(site, head, body).await?,
        Allowed::Update(publisher) => {
            let published = publisher.publish(site, body).await;
            published.map_err(|reply| mercure::point(site, reply))?
        }
        Allowed::Query(asking) => return subscribe_by_mercure(site, head, *asking, body).await,
        Allowed::Bodiless(route) => return answer_without_body(site, head, route).await,
    }))
}

async fn subscribe_by_mercure(
    site: &Site,
    head: &Head,
    asking: mercure::Asking<'_>,
    body: &[u8],
) -> Result<Answer, Reply> {
    let opening = asking.subscribe(site, head, body).await;
    let opening = opening.map_err(|reply| mercure::point(site, reply))?;
    Ok(begin(site, Wanted::Stream(opening)).await)
}

async fn answer_without_body(site: &Site, head: &Head, route: Route<'_>) -> Result<Answer, Reply> {
    Ok(Answer::Reply(match route {
        Route::Page(asset) => site.pages.get(asset, head).await?,
        Route::ChatStream => return Ok(begin(site, chat::connect(site, head)?).await),
        Route::Subscribe(topic) => {
            return Ok(begin(site, subscribe::subscribe(site, head, topic)?).await);
        }
        Route::End(topic) => publish::end(site, head, topic).await?,
        Route::Presence(topic) => presence::roll(site, head, topic)?,
        Route::MercureStream => {
            let asking = mercure::allow_subscriber(site, head);
            let asking = asking.map_err(|reply| mercure::point(site, reply))?;
            return subscribe_by_mercure(site, head, asking, &[]).await;
        }
        Route::MercureMetadata => mercure::describe(site, head),
        Route::MercureSubscriptions(rest) => {
            let listed = mercure::subscriptions(site, head, rest).await;
            listed.map_err(|reply| mercure::point(site, reply))?
        }
        Route::Health => health::health(site),
        Route::Readiness => health::readiness(site)?,
        Route::Metrics => metrics::show(site, head).await?,
        Route::Dashboard => return dashboard::watch(site, head).map(Answer::Watch),
        Route::Options(methods) => site.cors.options(methods, head),
    }))
}

/// A poll; or a stream, unless it would end at once: an `EventSource` that is answered 204 does not come back
/// (WHATWG HTML, section 9.2.3).
async fn begin(site: &Site, wanted: Wanted) -> Answer {
    let opening = match wanted {
        Wanted::Stream(opening) => opening,
        Wanted::Poll(question) => return Answer::Poll(Box::new(question)),
    };
    let opening = Opening {
        until: opening.until.into_iter().chain(site.stream_end()).min(),
        ..opening
    };
    let (interest, start) = (&opening.interest, &opening.start);
    match site.hub.has_ended(interest, start, opening.reading).await {
        true => Answer::Reply(opening.over()),
        false => Answer::Stream(Box::new(opening)),
    }
}

/// Begins a subscriber's stream.
pub(super) async fn open<S: Transport>(
    wire: &mut Wire<S>,
    site: &Site,
    head: &Head,
    visit: Option<Box<Visit>>,
    opening: Box<Opening>,
) -> Result<After, Broken> {
    let asker = Asker::of(head, visit.as_deref());
    let begun = start(wire, site, asker, opening.reply(), opening.prelude(site)).await?;
    Ok(match begun {
        true => After::Stream(opening, head.version, visit),
        false => After::Close,
    })
}

/// Begins the dashboard's stream.
pub(super) async fn open_watch<S: Transport>(
    wire: &mut Wire<S>,
    site: &Site,
    head: &Head,
    visit: Option<Box<Visit>>,
    watch: Watch,
) -> Result<After, Broken> {
    let asker = Asker::of(head, visit.as_deref());
    let reply = stream::head(Format::Text);
    let prelude = Frame::prelude(site.hub.retry(), Format::Text);
    Ok(match start(wire, site, asker, reply, prelude).await? {
        true => After::Watch(watch, head.version, visit),
        false => After::Close,
    })
}

/// Begins a stream: its head and its first bytes in one write; `false` if only the head was asked for.
async fn start<S: Transport>(
    wire: &mut Wire<S>,
    site: &Site,
    asker: Asker<'_>,
    reply: Reply,
    prelude: Frame,
) -> Result<bool, Broken> {
    let reply = site.cors.allow(asker.origin, reply);
    let mut bytes = reply.encode_stream(asker.version);
    let goes_on = asker.method != Method::Head;
    if goes_on {
        bytes.extend_from_slice(match asker.version {
            Version::Http11 => prelude.chunked(),
            Version::Http10 => prelude.plain(),
        });
    }
    write(wire, site, asker, (200, None), &bytes).await?;
    Ok(goes_on)
}

/// Answers, and keeps the connection if both sides want to.
pub(super) async fn send<S: Transport>(
    wire: &mut Wire<S>,
    site: &Site,
    asker: Asker<'_>,
    mut reply: Reply,
    keep_alive: bool,
) -> Result<After, Broken> {
    let (status, complaint) = (reply.status, reply.complaint.take());
    // The access log tells of it, too.
    if let (Some(complaint), None) = (&complaint, asker.visit) {
        visit::refused(site, asker, status, complaint);
    }
    let keep_alive = keep_alive && !site.is_closed();
    let reply = site.cors.allow(asker.origin, reply);
    let reply = match (keep_alive, asker.version) {
        (false, _) => reply.field("connection", "close"),
        (true, Version::Http10) => reply.field("connection", "keep-alive"),
        (true, Version::Http11) => reply,
    };
    let told = (status, complaint.as_deref());
    write(wire, site, asker, told, &reply.encode(asker.method)).await?;
    Ok(match keep_alive {
        true => After::Next,
        false => After::Close,
    })
}

/// Writes an answer with this status, and perhaps what was wrong with the request; counts it, and tells of it.
async fn write<S: Transport>(
    wire: &mut Wire<S>,
    site: &Site,
    asker: Asker<'_>,
    (status, complaint): (u16, Option<&str>),
    bytes: &[u8],
) -> Result<(), Broken> {
    let written = wire.write(bytes, site.config.stall).await;
    let tally = site.hub.tally();
    tally.answers(status).add(1);
    if written.is_ok() {
        tally.sent_bytes.add(bytes.len() as u64);
    }
    if let Some(visit) = asker.visit {
        visit.answered(status, bytes.len(), complaint, written.is_ok());
    }
    written
}
