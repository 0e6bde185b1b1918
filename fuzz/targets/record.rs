//! An event in the file of a log: what is a record encodes to a record that says the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ssehub::{event, topic};

// Private to the library.
#[path = "../../src/store/disk"]
mod disk {
    type Position = (u64, u64);

    #[allow(dead_code)]
    mod record;

    pub fn decode(bytes: &[u8]) -> Option<super::event::Event> {
        record::decode((1, 2), bytes)
    }

    pub fn encode(event: &super::event::Event) -> Vec<u8> {
        record::encode(event)
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some(event) = disk::decode(bytes) else {
        return;
    };
    let encoded = disk::encode(&event);
    let again = disk::decode(&encoded).expect("an event that was decoded is encoded as a record");
    assert_eq!(
        format!("{:?}", again.envelope()),
        format!("{:?}", event.envelope())
    );
    assert_eq!(again.retry(), event.retry());
    assert_eq!(again.is_end(), event.is_end());
    assert_eq!(disk::encode(&again), encoded);
    for format in [
        event::Format::Text,
        event::Format::Json,
        event::Format::Lines,
    ] {
        assert_eq!(again.frame(format).plain(), event.frame(format).plain());
    }
});
