//! A position: it displays itself, its neighbours are neighbours, and a subscriber may resume after any text.

#![no_main]

use futures_lite::future::block_on;
use libfuzzer_sys::fuzz_target;
use ssehub::http::head::{HeadLimits, parse};
use ssehub::{Clock, Draft, EventId, Hub, HubConfig, Interest, Log, LogConfig, Next, Start, Topic};

fuzz_target!(|text: &str| {
    if let Ok(id) = text.parse::<EventId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(id.next() > id || id.ms == u64::MAX);
        assert!(id.previous() < id || id == EventId::ZERO);
        assert!(id.following(id.ms) > id || id.ms == u64::MAX);
    }
    let head = format!("GET /a HTTP/1.1\r\nHost: h\r\nLast-Event-ID: {text}\r\n\r\n");
    if let Ok(Some(head)) = parse(head.as_bytes(), &HeadLimits::default())
        && head.length == 40 + text.len() + 4
    {
        assert_eq!(
            head.last_event_id.as_deref(),
            Some(text.trim_matches([' ', '\t']))
        );
    }
    resume(text);
});

/// Whatever the text, a subscriber gets all events, or those after the one that the text names.
fn resume(text: &str) {
    let log = Log::memory(LogConfig::default(), Clock::manual(1_000));
    let (hub, _pump) = Hub::new(log, HubConfig::default());
    let topic = Topic::parse("a").unwrap();
    for data in ["0", "1", "2"] {
        block_on(hub.publish(Draft::new(topic.clone(), data))).unwrap();
    }
    let mut subscription = hub.subscribe(Interest::topic(topic), Start::After(text.to_owned()));
    let mut read = Vec::new();
    while let Some(next) = block_on(subscription.catch_up()) {
        match next {
            Next::Events(events) => read.extend(events.iter().map(|it| it.data().to_owned())),
            Next::Gap { after, .. } => assert_eq!(after, text),
            other => panic!("{other:?}"),
        }
    }
    let from = 3 - read.len();
    assert_eq!(read, ["0", "1", "2"][from..], "{text:?}");
}
