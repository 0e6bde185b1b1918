//! The hub inside a program of its own, on tokio.
//!
//! `cargo run --example on_tokio [ADDRESS]`, then open what it prints in a browser.

use std::sync::Arc;
use std::time::Duration;

use ssehub::http::{HttpConfig, Site, serve};
use ssehub::{Clock, Draft, Hub, HubConfig, Interest, Log, LogConfig, Next, Start, Topic};
use tokio::{net::TcpListener, task::unconstrained, time::sleep};
use tokio_util::compat::TokioAsyncReadCompatExt as _;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let log = Log::memory(LogConfig::default(), Clock::system());
    let (hub, pump) = Hub::new(log, HubConfig::default());
    // The pump yields by itself. With tokio's budget, subscribers past the 128th would look slow.
    tokio::spawn(unconstrained(pump.run()));

    let topic = Topic::parse("chat")?;
    tokio::spawn(read(hub.clone(), topic.clone()));
    tokio::spawn(count(hub.clone(), topic));

    let site = Arc::new(Site::new(hub, HttpConfig::default()));
    let address = std::env::args().nth(1);
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:8080")).await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // All descriptors are in use, say: some will be free again.
            sleep(Duration::from_secs(1)).await;
            continue;
        };
        _ = stream.set_nodelay(true);
        tokio::spawn(serve(stream.compat(), site.clone()));
    }
}

/// Publishes something itself every second.
async fn count(hub: Hub, topic: Topic) {
    for number in 1.. {
        sleep(Duration::from_secs(1)).await;
        let draft = Draft::new(topic.clone(), format!("count {number}")).user("counter");
        if let Err(error) = hub.publish(draft).await {
            eprintln!("cannot publish: {error}");
        }
    }
}

/// Reads along, in the same process and without HTTP.
async fn read(hub: Hub, topic: Topic) {
    let mut subscription = hub.subscribe(Interest::topic(topic), Start::Now);
    loop {
        match subscription.next().await {
            Next::Events(events) => events.iter().for_each(|it| println!("{:?}", it.data())),
            Next::Gap { after, .. } => eprintln!("what followed {after} is no longer kept"),
            Next::Ended => return,
        }
    }
}
