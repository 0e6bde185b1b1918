//! A request head: a good one reads the same again, ends where it says, and only there; anything else gets a
//! status from the list.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ssehub::http::head::{Head, HeadLimits, parse};

const STATUSES: [u16; 7] = [400, 413, 414, 417, 431, 501, 505];

fuzz_target!(|input: &[u8]| {
    let limits = HeadLimits::default();
    let head = match parse(input, &limits) {
        Ok(Some(head)) => head,
        Ok(None) => return assert!(input.len() < limits.bytes + 4, "a head without an end"),
        Err(refusal) => {
            assert!(STATUSES.contains(&refusal.status), "{refusal:?}");
            // async-h1 takes every head that has passed all checks.
            return assert!(!refusal.reason.contains("decoded"), "{refusal:?}");
        }
    };
    let own = &input[..head.length];
    let again = parse(own, &limits).unwrap().unwrap();
    assert_eq!(summary(&again), summary(&head));
    assert!(matches!(parse(&own[..own.len() - 1], &limits), Ok(None)));
    assert!(head.request.header("content-length").is_none());
    assert!(head.request.header("transfer-encoding").is_none());
});

/// All that the rest of the server sees.
fn summary(head: &Head) -> String {
    let Head {
        method,
        version,
        framing,
        keep_alive,
        expects_continue,
        is_forwarded,
        last_event_id,
        event,
        length,
        peer,
        request,
        // What it grants is not read from it.
        ..
    } = head;
    let mut fields: Vec<_> = request.iter().map(|field| format!("{field:?}")).collect();
    fields.sort();
    let url = request.url();
    format!(
        "{method:?} {version:?} {framing:?} {keep_alive} {expects_continue} {is_forwarded} {last_event_id:?} {event:?} {length} \
         {peer:?} {url} {fields:?}"
    )
}
