//! What a connection holds of a body whose request was refused.

use std::time::Duration;

use simulation::caller;
use simulation::heap::Heap;
use simulation::stage::Stage;

#[test]
fn a_refused_client_that_sends_on_takes_no_memory() {
    let stage = Stage::new(Duration::ZERO).unwrap();
    let (caller, called) = caller::connection();
    stage.serve(called);
    // So that what the simulation's own pipe holds has been made.
    caller.send(b"GET /healthz HTTP/1.1\r\nHost: simulation\r\nContent-Length: 61000\r\n\r\n");
    caller.send(&[b'x'; 61_000]);
    stage.settle();
    assert!(caller.is_ok());
    let before = Heap::now();
    let head = "POST /events/a HTTP/1.1\r\nHost: simulation\r\nContent-Length: 99999999\r\n\r\n";
    caller.send(head.as_bytes());
    for _ in 0..10 {
        caller.send(&[b'x'; 60_000]);
        stage.settle();
        let held = (Heap::now() - before).bytes;
        assert!(held < 2_000, "{held} bytes are held");
    }
}
