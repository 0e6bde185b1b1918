//! One connection: read a head, check, route, read the body, answer, and again.

use std::sync::Arc;

use futures_io::{AsyncRead, AsyncWrite};
use futures_lite::FutureExt as _;
use futures_lite::future::yield_now;

use super::body::Chunked;
use super::head::{self, Framing, Head, Method, Refusal, Version};
use super::reply::Reply;
use super::route::{self, NoRoute, Route};
use super::stream::{EventStream, Opening};
use super::wire::{Broken, Wire};
use super::{Site, chat};
use crate::event::Frame;
use crate::hub::Subscription;

/// Pipelined requests that are answered before other tasks get a turn.
const REQUESTS_PER_TURN: u32 = 16;

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

const BODY_TOO_LONG: Refusal = Refusal::new(413, "the body is too long");
const BODY_CUT_SHORT: Refusal = Refusal::bad_request("the body ends before its length");

/// Serves one connection until it ends. Runs on any executor.
pub async fn serve<S>(stream: S, site: Arc<Site>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // Boxed, so that a stream with nothing to say holds nothing of the requests before it.
    let opened = Box::pin(converse(stream, &site)).await;
    if let Some((stream, subscription)) = opened {
        stream.run(subscription, site).await;
    }
}

/// Answers request after request, until one opens a stream or the connection ends.
async fn converse<S>(stream: S, site: &Site) -> Option<(Box<EventStream<S>>, Subscription)>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut wire = Wire::new(stream, site.hub.clock().clone());
    let mut requests: u32 = 0;
    while next_request(&mut wire, site).await {
        // Boxed, so that a connection that waits for a request holds nothing of the last one.
        let after = Box::pin(exchange(&mut wire, site)).await;
        match after {
            Ok(After::Next) => requests += 1,
            Ok(After::Stream(opening, version)) => {
                let subscription = site.hub.subscribe(opening.interest, opening.start);
                let stream = EventStream::new(wire.stream, opening.format, version);
                return Some((Box::new(stream), subscription));
            }
            Ok(After::Close) => {
                Box::pin(wire.linger()).await;
                return None;
            }
            Err(Broken::Late | Broken::Gone) => return None,
        }
        if requests.is_multiple_of(REQUESTS_PER_TURN) {
            yield_now().await;
        }
    }
    None
}

/// What becomes of a connection after a request.
enum After {
    /// The next request.
    Next,
    /// Nothing more.
    Close,
    /// This subscriber's events.
    Stream(Opening, Version),
}

/// Waits for the first byte of a request; `false` if none will come.
async fn next_request<S>(wire: &mut Wire<S>, site: &Site) -> bool
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if site.is_closed() {
        return false;
    }
    if !wire.buffer.is_empty() {
        return true;
    }
    let idle = wire.in_time(site.config.idle);
    let arrived = async { wire.fill(idle).await.is_ok() };
    let closed = async {
        site.closed().await;
        false
    };
    arrived.or(closed).await
}

/// One request and its answer.
async fn exchange<S>(wire: &mut Wire<S>, site: &Site) -> Result<After, Broken>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
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
async fn read_head<S>(wire: &mut Wire<S>, site: &Site) -> Result<Result<Head, Refusal>, Broken>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
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
async fn read_body<S>(
    wire: &mut Wire<S>,
    site: &Site,
    head: &Head,
) -> Result<Result<Vec<u8>, Refusal>, Broken>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
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
async fn open<S>(
    wire: &mut Wire<S>,
    site: &Site,
    head: Head,
    opening: Opening,
) -> Result<After, Broken>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let reply = site.cors.allow(Some(&head), opening.reply());
    let mut bytes = reply.encode_stream(head.version);
    if head.method == Method::Head {
        wire.write(&bytes, site.config.stall).await?;
        return Ok(After::Close);
    }
    let prelude = Frame::prelude(site.hub.retry());
    bytes.extend_from_slice(match head.version {
        Version::Http11 => prelude.chunked(),
        Version::Http10 => prelude.plain(),
    });
    wire.write(&bytes, site.config.stall).await?;
    Ok(After::Stream(opening, head.version))
}

/// Answers with an error. What may be left of the request cannot be told from the next one, so
/// the connection ends, unless there was no body.
async fn refuse<S>(
    wire: &mut Wire<S>,
    site: &Site,
    head: Option<&Head>,
    reply: Reply,
) -> Result<After, Broken>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let keep_alive = head.is_some_and(|head| head.keep_alive && head.framing == Framing::None);
    send(wire, site, head, reply, keep_alive).await
}

async fn send<S>(
    wire: &mut Wire<S>,
    site: &Site,
    head: Option<&Head>,
    reply: Reply,
    keep_alive: bool,
) -> Result<After, Broken>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
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
