//! One request and its answer: read the head, check, route, read the body, answer.

use super::answer::{Answer, Asker, Turn, answer, open, open_watch, send};
use super::body::Chunked;
use super::connection::Transport;
use super::head::{self, Framing, Head, Refusal};
use super::poll::Poll;
use super::reply::Reply;
use super::route::{self, NoRoute, Route};
use super::visit::Visit;
use super::wire::{Broken, Wire};
use super::{Site, hosts};

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

const BODY_TOO_LONG: Refusal = Refusal::new(413, "the body is too long");
const BODY_CUT_SHORT: Refusal = Refusal::bad_request("the body ends before its length");

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
    let route = match gate(&head, site) {
        Ok(route) => route,
        Err(reply) => return refuse(wire, site, Some(&head), visit, reply).await,
    };
    let body = match read_body(wire, site, &head).await? {
        Ok(body) => body,
        Err(refusal) => return refuse(wire, site, Some(&head), visit, refusal.into()).await,
    };
    let reply = match answer(site, &head, route, &body).await {
        Ok(Answer::Reply(reply)) => reply,
        Ok(Answer::Stream(opening)) => {
            let after = open(wire, site, &head, visit, opening).await?;
            return Ok(Turn::Over(after));
        }
        Ok(Answer::Watch(watch)) => {
            let after = open_watch(wire, site, &head, visit, watch).await?;
            return Ok(Turn::Over(after));
        }
        Ok(Answer::Poll(question)) => return Ok(Turn::Waits(Poll::new(question, &head, visit))),
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
) -> Result<Result<Head, Refusal>, Broken> {
    const CUT_SHORT: Refusal = Refusal::bad_request("the request ends in its head");
    const LATE: Refusal = Refusal::new(408, "the request head took too long to arrive");
    let at = wire.in_time(site.config.head_deadline);
    loop {
        match head::parse(&wire.buffer, &site.config.head) {
            Ok(Some(mut head)) => {
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

/// Decides what can be decided before the body has been read.
fn gate<'h>(head: &'h Head, site: &Site) -> Result<Route<'h>, Reply> {
    hosts::check(&site.config.allowed_hosts, head)?;
    let path = head.request.url().path();
    let route =
        route::find(head.method, path, site.front, &site.config).map_err(|no| match no {
            NoRoute::NotFound => Reply::error(404, "there is nothing here"),
            NoRoute::Method(known) => {
                Reply::error(405, "the method is not known here").field("allow", known)
            }
        })?;
    if route.wants_body() && head.framing == Framing::None {
        return Err(Reply::error(
            411,
            "the request must have a body and say how long it is",
        ));
    }
    if let Framing::Length(bytes) = head.framing
        && bytes > site.config.body_bytes as u64
    {
        return Err(BODY_TOO_LONG.into());
    }
    match head.values("content-encoding").next() {
        // RFC 9110, section 15.5.16.
        Some(coding) if !coding.eq_ignore_ascii_case("identity") => {
            Err(Reply::error(415, "an encoded body cannot be read here"))
        }
        _ => Ok(route),
    }
}

/// Reads the body to its end, whoever may want it: what follows it is the next request.
async fn read_body<S: Transport>(
    wire: &mut Wire<S>,
    site: &Site,
    head: &Head,
) -> Result<Result<Vec<u8>, Refusal>, Broken> {
    const LATE: Refusal = Refusal::new(408, "the request body took too long to arrive");
    if head.expects_continue && wire.buffer.is_empty() {
        wire.write(CONTINUE, site.config.stall).await?;
    }
    let at = wire.in_time(site.config.body_deadline);
    let mut chunked = Chunked::new(site.config.body_bytes);
    let mut body = Vec::new();
    loop {
        match take_body(&mut wire.buffer, head.framing, &mut chunked, &mut body) {
            Ok(true) => return Ok(Ok(body)),
            Ok(false) => {}
            Err(refusal) => return Ok(Err(refusal)),
        }
        match wire.fill(at).await {
            Ok(()) => {}
            Err(Broken::Late) => return Ok(Err(LATE)),
            Err(Broken::Gone) => return Ok(Err(BODY_CUT_SHORT)),
        }
    }
}

/// Moves what has arrived of the body, and tells whether that was all of it.
fn take_body(
    buffer: &mut Vec<u8>,
    framing: Framing,
    chunked: &mut Chunked,
    body: &mut Vec<u8>,
) -> Result<bool, Refusal> {
    let (consumed, ended) = match framing {
        Framing::None => (0, true),
        Framing::Length(bytes) => {
            let missing = (bytes as usize).saturating_sub(body.len());
            let here = missing.min(buffer.len());
            body.extend_from_slice(&buffer[..here]);
            (here, here == missing)
        }
        Framing::Chunked => {
            let progress = chunked.decode(buffer, body)?;
            (progress.consumed, progress.ended)
        }
    };
    buffer.drain(..consumed);
    Ok(ended)
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
