//! One request and its answer: read the head, check, route, read the body, answer.

use super::body::Chunked;
use super::connection::Transport;
use super::head::{self, Framing, Head, Method, Refusal, Version};
use super::reply::Reply;
use super::route::{self, NoRoute, Route};
use super::stream::Opening;
use super::wire::{Broken, Wire};
use super::{Site, chat};
use crate::event::Frame;

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

const BODY_TOO_LONG: Refusal = Refusal::new(413, "the body is too long");
const BODY_CUT_SHORT: Refusal = Refusal::bad_request("the body ends before its length");

/// What becomes of a connection after a request.
pub(super) enum After {
    /// The next request.
    Next,
    /// Nothing more.
    Close,
    /// This subscriber's events.
    Stream(Opening, Version),
}

/// One request and its answer.
pub(super) async fn exchange<S: Transport>(
    wire: &mut Wire<S>,
    site: &Site,
) -> Result<After, Broken> {
    let head = match read_head(wire, site).await? {
        Ok(head) => head,
        Err(refusal) => return refuse(wire, site, None, refusal.into()).await,
    };
    let route = match gate(&head, site) {
        Ok(route) => route,
        Err(reply) => return refuse(wire, site, Some(&head), reply).await,
    };
    let body = match read_body(wire, site, &head).await? {
        Ok(body) => body,
        Err(refusal) => return refuse(wire, site, Some(&head), refusal.into()).await,
    };
    let reply = match answer(site, &head, route, &body).await {
        Ok(Answer::Reply(reply)) => reply,
        Ok(Answer::Stream(opening)) => return open(wire, site, head, opening).await,
        Err(reply) => reply,
    };
    let keep_alive = head.keep_alive && !site.is_closed();
    send(wire, site, Some(&head), reply, keep_alive).await
}

/// Reads until the head is complete.
async fn read_head<S: Transport>(
    wire: &mut Wire<S>,
    site: &Site,
) -> Result<Result<Head, Refusal>, Broken> {
    const CUT_SHORT: Refusal = Refusal::bad_request("the request ends in its head");
    const LATE: Refusal = Refusal::new(408, "the request head took too long to arrive");
    let at = wire.in_time(site.config.head_deadline);
    loop {
        match head::parse(&wire.buffer, &site.config.head) {
            Ok(Some(head)) => {
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
fn gate(head: &Head, site: &Site) -> Result<Route, Reply> {
    let path = head.request.url().path();
    let route = route::find(head.method, path).map_err(|no| match no {
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
    match head.request.header("content-encoding") {
        // RFC 9110, section 15.5.16.
        Some(coding) if !coding.as_str().eq_ignore_ascii_case("identity") => {
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

/// What a route answers.
enum Answer {
    Reply(Reply),
    Stream(Opening),
}

async fn answer(site: &Site, head: &Head, route: Route, body: &[u8]) -> Result<Answer, Reply> {
    Ok(Answer::Reply(match route {
        Route::Page(asset) => site.pages.get(asset, head).await?,
        Route::ChatStream => return chat::connect(head).map(Answer::Stream),
        Route::ChatMessage => chat::say(site, head, body).await?,
        Route::Health => Reply::json(200, r#"{"status":"ok"}"#),
        Route::Options(methods) => site.cors.options(methods),
    }))
}

/// Begins a stream: its head and its first bytes in one write.
async fn open<S: Transport>(
    wire: &mut Wire<S>,
    site: &Site,
    head: Head,
    opening: Opening,
) -> Result<After, Broken> {
    let reply = site.cors.allow(Some(&head), opening.reply());
    let mut bytes = reply.encode_stream(head.version);
    if head.method == Method::Head {
        wire.write(&bytes, site.config.stall).await?;
        return Ok(After::Close);
    }
    let prelude = Frame::prelude(site.hub.retry(), opening.format);
    bytes.extend_from_slice(match head.version {
        Version::Http11 => prelude.chunked(),
        Version::Http10 => prelude.plain(),
    });
    wire.write(&bytes, site.config.stall).await?;
    Ok(After::Stream(opening, head.version))
}

/// Answers with an error. What may be left of the request cannot be told from the next one, so
/// the connection ends, unless there was no body.
async fn refuse<S: Transport>(
    wire: &mut Wire<S>,
    site: &Site,
    head: Option<&Head>,
    reply: Reply,
) -> Result<After, Broken> {
    let keep_alive = head.is_some_and(|head| head.keep_alive && head.framing == Framing::None);
    send(wire, site, head, reply, keep_alive).await
}

async fn send<S: Transport>(
    wire: &mut Wire<S>,
    site: &Site,
    head: Option<&Head>,
    reply: Reply,
    keep_alive: bool,
) -> Result<After, Broken> {
    if let Some(complaint) = &reply.complaint {
        let target = head.map_or("?", |head| head.request.url().path());
        log::info!("{} {target}: {complaint}", reply.status);
    }
    let method = head.map_or(Method::Get, |head| head.method);
    let reply = site.cors.allow(head, reply);
    let reply = match (keep_alive, head.map(|head| head.version)) {
        (false, _) => reply.field("connection", "close"),
        (true, Some(Version::Http10)) => reply.field("connection", "keep-alive"),
        (true, _) => reply,
    };
    wire.write(&reply.encode(method), site.config.stall).await?;
    Ok(match keep_alive {
        true => After::Next,
        false => After::Close,
    })
}
