//! An event in the file of a log: what is a record encodes to a record that says the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ssehub::event::Format;
use ssehub::store::records as disk;

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
    for format in [Format::Text, Format::Json, Format::Lines] {
        assert_eq!(again.frame(format).plain(), event.frame(format).plain());
    }
});
