//! What a connection holds of the requests that it has answered.

use std::time::Duration;

use simulation::caller;
use simulation::heap::Heap;
use simulation::stage::Stage;

/// What a connection holds that waits after a request with so many bytes of fields.
fn held_after(field_bytes: usize) -> i64 {
    let stage = Stage::new(Duration::ZERO).unwrap();
    let (caller, called) = caller::connection();
    stage.serve(called);
    let ask = |field: &str| {
        caller.send(
            format!("GET /healthz HTTP/1.1\r\nHost: simulation\r\nX: {field}\r\n\r\n").as_bytes(),
        );
        stage.settle();
        assert!(caller.is_ok());
    };
    // So that what is made once, and what the simulation's own pipe holds, has been made.
    ask(&"x".repeat(field_bytes));
    ask("");
    let before = Heap::now();
    ask(&"x".repeat(field_bytes));
    (Heap::now() - before).bytes
}

#[test]
fn an_idle_connection_gives_back_what_a_long_request_took() {
    for bytes in [10, 300, 1_000, 4_000] {
        let held = held_after(bytes);
        assert!(held < 600, "{held} bytes are held after {bytes}");
    }
}
