//! A peer for the benchmark: an event-stream hub in the usual axum shape.
//!
//! One `tokio::sync::broadcast` channel for each topic, one task for each subscriber, `Sse` with
//! the event built by every subscriber, on the multi-threaded runtime. A subscriber that lags
//! loses events (`BroadcastStream` tells it; there is nothing to replay them from).

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Sse;
use axum::response::sse::Event;
use axum::routing::get;
use futures_util::{Stream, StreamExt, future};
use tokio::net::TcpSocket;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

/// Events that a subscriber may be behind before it loses some.
const CHANNEL_EVENTS: usize = 1024;
/// A careful operator raises the backlog; tokio's own default is 1,024.
const BACKLOG: u32 = 4096;

type Topics = Arc<Mutex<HashMap<String, broadcast::Sender<Arc<str>>>>>;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let addr = std::env::args()
        .nth(1)
        .and_then(|a| a.parse().ok())
        .unwrap_or_else(|| {
            eprintln!("usage: axum-broadcast ADDRESS:PORT");
            std::process::exit(2)
        });
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    let app = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/events/{topic}", get(subscribe).post(publish))
        .with_state(Topics::default());
    axum::serve(socket.listen(BACKLOG)?, app).await
}

fn sender(topics: &Topics, topic: String) -> broadcast::Sender<Arc<str>> {
    let mut topics = topics
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    topics
        .entry(topic)
        .or_insert_with(|| broadcast::channel(CHANNEL_EVENTS).0)
        .clone()
}

async fn publish(State(topics): State<Topics>, Path(topic): Path<String>, body: String) {
    let _ = sender(&topics, topic).send(body.into());
}

async fn subscribe(
    State(topics): State<Topics>,
    Path(topic): Path<String>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = BroadcastStream::new(sender(&topics, topic).subscribe());
    Sse::new(
        events.filter_map(|text| {
            future::ready(text.ok().map(|text| Ok(Event::default().data(&*text))))
        }),
    )
}
