//! The hub inside a program of its own, on smol.
//!
//! `cargo run --example on_smol [ADDRESS]`, then open what it prints in a browser.

use std::sync::Arc;
use std::time::Duration;

use smol::Timer;
use smol::net::TcpListener;
use ssehub::http::{HttpConfig, Site, serve};
use ssehub::{Clock, Draft, Hub, HubConfig, Interest, Log, LogConfig, Next, Start, Topic};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    smol::block_on(async {
        let log = Log::memory(LogConfig::default(), Clock::system());
        let (hub, pump) = Hub::new(log, HubConfig::default());
        smol::spawn(pump.run()).detach();

        let topic = Topic::parse("chat")?;
        smol::spawn(read(hub.clone(), topic.clone())).detach();
        smol::spawn(count(hub.clone(), topic)).detach();

        let site = Arc::new(Site::new(hub, HttpConfig::default()));
        let address = std::env::args().nth(1);
        let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:8080")).await?;
        println!("http://{}", listener.local_addr()?);
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                // All descriptors are in use, say: some will be free again.
                Timer::after(Duration::from_secs(1)).await;
                continue;
            };
            _ = stream.set_nodelay(true);
            smol::spawn(serve(stream, site.clone())).detach();
        }
    })
}

/// Publishes something itself every second.
async fn count(hub: Hub, topic: Topic) {
    for number in 1.. {
        Timer::after(Duration::from_secs(1)).await;
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
