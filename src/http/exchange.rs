//! One request and its answer: read the head, check it, route, decide what the head decides, read the body, answer.
//!
//! A request that is refused by its head has nothing of its body read, unless to throw it away: see `Wire::linger`.

use super::Site;
use super::answer::{After, Allowed, Answer, Asker, Turn, allow, answer, open, open_watch, send};
use super::body::Chunked;
use super::body_memory::{Body, OutOfMemory};
use super::connection::Transport;
use super::head::{self, Framing, Head, Refusal};
use super::poll::Poll;
use super::reply::Reply;
use super::route::{self, NoRoute, Target};
use super::visit::Visit;
use super::wire::{Broken, Wire};

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

const BODY_TOO_LONG: Refusal = Refusal::new(413, "the body is too long");
const BODY_CUT_SHORT: Refusal = Refusal::bad_request("the body ends before its length");

/// When a client may send a body again that there was no memory for, in seconds.
const BODY_RETRY_SECONDS: &str = "2";

/// A body that is read away after its request was refused, in bytes.
const SHORT_BODY_BYTES: u64 = 64 << 10;

/// The buffer that a connection keeps between two parts of a body, in bytes. More would count for no body.
const KEPT_BUFFER_BYTES: usize = 4 << 10;

/// One request, and its answer unless that has to wait.
pub(super) async fn exchange<S: Transport>(
    wire: &mut Wire<S>,
    site: &Site,
) -> Result<Turn, Broken> {
    let mut visit = Visit::begin(site);
    let head = match read_head(wire, site).await? {
        Ok(head) => head,
        Err(refusal) => return refuse(wire, site, None, visit, refusal.into()).await,
    };
    if let Some(visit) = &mut visit {
        visit.asks(site, &head);
    }
    let target = match gate(&head, site) {
        Ok(target) => target,
        Err(reply) => return refuse(wire, site, Some(&head), visit, reply).await,
    };
    let allowed = allow(site, &head, target);
    if let Some(visit) = &mut visit {
        visit.is_by(&head);
    }
    let allowed = match allowed {
        Ok(allowed) => allowed,
        Err(reply) => return refuse_unread(wire, site, &head, visit, reply).await,
    };
    let body = match read_body(wire, site, &head, &allowed).await? {
        Ok(body) => body,
        Err(reply) => return refuse(wire, site, Some(&head), visit, reply).await,
    };
    let answered = answer(site, &head, allowed, body.bytes()).await;
    if let Some(visit) = &mut visit {
        visit.is_by(&head);
    }
    let reply = match answered {
        Ok(Answer::Reply(reply)) => reply,
        Ok(Answer::Stream(opening)) => {
            let after = open(wire, site, &head, visit, opening).await?;
            return Ok(Turn::Over(after));
        }
        Ok(Answer::Watch(watch)) => {
            let after = open_watch(wire, site, &head, visit, watch).await?;
            return Ok(Turn::Over(after));
        }
        Ok(Answer::Poll(question)) => {
            let poll = Poll::new(*question, &head, visit);
            return Ok(Turn::Waits(Box::new(poll)));
        }
        Err(reply) => reply,
    };
    let asker = Asker::of(&head, visit.as_deref());
    let after = send(wire, site, asker, reply, head.keep_alive).await?;
    Ok(Turn::Over(after))
}

/// Reads until the head is complete.
pub(super) async fn read_head<S: Transport>(
    wire: &mut Wire<S>,
    site: &Site,
) -> Result<Result<Box<Head>, Refusal>, Broken> {
    const CUT_SHORT: Refusal = Refusal::bad_request("the request ends in its head");
    const LATE: Refusal = Refusal::new(408, "the request head took too long to arrive");
    let at = wire.in_time(site.config.head_deadline);
    loop {
        match head::parse(&wire.buffer, &site.config.head) {
            Ok(Some(head)) => {
                // It is large, and passed on from hand to hand.
                let mut head = Box::new(head);
                head.peer = wire.peer;
                wire.buffer.drain(..head.length);
                return Ok(Ok(head));
            }
            Ok(None) => {}
            Err(refusal) => return Ok(Err(refusal)),
        }
        match wire.fill(at).await {
            Ok(()) => {}
            Err(Broken::Late) => return Ok(Err(LATE)),
            // Half a request may be all that a client sends before it closes its side.
            Err(Broken::Gone) => return Ok(Err(CUT_SHORT)),
        }
    }
}

/// Finds the route of a request that this server can read.
fn gate<'h>(head: &'h Head, site: &Site) -> Result<Target<'h>, Reply> {
    site.hosts.check(head)?;
    let path = head.request.url().path();
    let target =
        route::find(head.method, path, site.front, &site.config).map_err(|no| match no {
            NoRoute::NotFound => Reply::error(404, "there is nothing here"),
            NoRoute::Method(known) => {
                Reply::error(405, "the method is not known here").field("allow", known)
            }
        })?;
    if let Framing::Length(bytes) = head.framing
        && bytes > body_limit(site) as u64
    {
        return Err(BODY_TOO_LONG.into());
    }
    match head.values("content-encoding").next() {
        // RFC 9110, section 15.5.16.
        Some(coding) if !coding.eq_ignore_ascii_case("identity") => {
            Err(Reply::error(415, "an encoded body cannot be read here"))
        }
        _ => Ok(target),
    }
}

/// Largest body, in bytes.
fn body_limit(site: &Site) -> usize {
    let memory = site.config.body_memory.limit_bytes();
    site.config.body_bytes.min(memory)
}

/// Reads the body to its end, also one that the route does not use, which is thrown away as it comes: what follows
/// it is the next request.
async fn read_body<'s, S: Transport>(
    wire: &mut Wire<S>,
    site: &'s Site,
    head: &Head,
    allowed: &Allowed<'_>,
) -> Result<Result<Body<'s>, Reply>, Broken> {
    let reading = Reading::new(site, head, allowed.uses_body());
    if head.expects_continue && wire.buffer.is_empty() {
        wire.write(CONTINUE, site.config.stall).await?;
    }
    receive(wire, site, reading).await
}

/// Reads until a body has ended.
async fn receive<'s, S: Transport>(
    wire: &mut Wire<S>,
    site: &Site,
    mut reading: Reading<'s>,
) -> Result<Result<Body<'s>, Reply>, Broken> {
    const LATE: Refusal = Refusal::new(408, "the request body took too long to arrive");
    let at = wire.in_time(site.config.body_deadline);
    loop {
        match reading.take(&mut wire.buffer) {
            Ok(true) => return Ok(Ok(reading.body)),
            Ok(false) => {}
            Err(reply) => return Ok(Err(reply)),
        }
        let filled = match reading.missing() {
            Some(bytes) => wire.fill_body(at, bytes).await,
            None => wire.fill(at).await,
        };
        match filled {
            Ok(()) => {}
            Err(Broken::Late) => return Ok(Err(LATE.into())),
            Err(Broken::Gone) => return Ok(Err(BODY_CUT_SHORT.into())),
        }
    }
}

/// A body that is being read.
struct Reading<'s> {
    framing: Framing,
    /// Most bytes of the whole body.
    limit: usize,
    chunked: Chunked,
    /// Bytes that have arrived of a body with a length.
    taken: usize,
    /// Whether the route uses the body.
    kept: bool,
    body: Body<'s>,
}

impl<'s> Reading<'s> {
    fn new(site: &'s Site, head: &Head, kept: bool) -> Reading<'s> {
        let limit = body_limit(site);
        Reading {
            framing: head.framing,
            limit,
            chunked: Chunked::new(limit),
            taken: 0,
            kept,
            body: Body::new(&site.config.body_memory),
        }
    }

    /// Bytes of the body that have not arrived, if its length is known.
    fn missing(&self) -> Option<u64> {
        match self.framing {
            Framing::Length(bytes) => Some(bytes - self.taken as u64),
            Framing::None | Framing::Chunked => None,
        }
    }

    /// Moves what has arrived of the body out of the buffer, and tells whether that was all of it.
    fn take(&mut self, buffer: &mut Vec<u8>) -> Result<bool, Reply> {
        let (consumed, ended) = match self.framing {
            Framing::None => return Ok(true),
            Framing::Length(bytes) => {
                let missing = (bytes as usize).saturating_sub(self.taken);
                let here = missing.min(buffer.len());
                if self.kept {
                    let room = self.body.with_room(here, bytes as usize)?;
                    room.extend_from_slice(&buffer[..here]);
                }
                self.taken += here;
                (here, here == missing)
            }
            Framing::Chunked => {
                let mut dropped = Vec::new();
                let room = match self.kept {
                    true => self.body.with_room(buffer.len(), self.limit)?,
                    false => &mut dropped,
                };
                let progress = self.chunked.decode(buffer, room)?;
                (progress.consumed, progress.ended)
            }
        };
        buffer.drain(..consumed);
        if buffer.capacity() > KEPT_BUFFER_BYTES {
            buffer.shrink_to(KEPT_BUFFER_BYTES);
        }
        Ok(ended)
    }
}

impl From<OutOfMemory> for Reply {
    fn from(OutOfMemory: OutOfMemory) -> Reply {
        Reply::error(503, "too many bodies are under way").field("retry-after", BODY_RETRY_SECONDS)
    }
}

/// Answers with an error before anything of the body is read. A short body is thrown away then, so that a publisher
/// that is refused once keeps its connection; after any other the connection ends.
async fn refuse_unread<S: Transport>(
    wire: &mut Wire<S>,
    site: &Site,
    head: &Head,
    visit: Option<Box<Visit>>,
    reply: Reply,
) -> Result<Turn, Broken> {
    // A client that asks before it sends the body may send it or not.
    let is_short = match head.framing {
        Framing::Length(bytes) => bytes <= SHORT_BODY_BYTES && !head.expects_continue,
        Framing::None | Framing::Chunked => false,
    };
    if !is_short {
        return refuse(wire, site, Some(head), visit, reply).await;
    }
    let asker = Asker::of(head, visit.as_deref());
    let after = send(wire, site, asker, reply, head.keep_alive).await?;
    if let After::Next = after
        && receive(wire, site, Reading::new(site, head, false))
            .await?
            .is_err()
    {
        return Ok(Turn::Over(After::Close));
    }
    Ok(Turn::Over(after))
}

/// Answers with an error. What may be left of the request cannot be told from the next one, so
/// the connection ends, unless there was no body.
async fn refuse<S: Transport>(
    wire: &mut Wire<S>,
    site: &Site,
    head: Option<&Head>,
    visit: Option<Box<Visit>>,
    reply: Reply,
) -> Result<Turn, Broken> {
    let keep_alive = head.is_some_and(|head| head.keep_alive && head.framing == Framing::None);
    let visit = visit.as_deref();
    let asker = head.map_or_else(|| Asker::unknown(visit), |head| Asker::of(head, visit));
    let after = send(wire, site, asker, reply, keep_alive).await?;
    Ok(Turn::Over(after))
}
