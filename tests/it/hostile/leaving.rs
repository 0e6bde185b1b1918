//! Clients that leave, wholly or by half, at any byte.

use std::time::Duration;

use super::{HEALTH, LISTEN, Talk, chunks, json, say, say_as};

/// What comes back when `input` is all that the client has to say.
fn then_hangs_up(input: &str, transcript: &str, said: &[&str]) {
    let mut talk = Talk::new();
    talk.send(input);
    talk.hang_up();
    assert_eq!(talk.transcript(), transcript, "{input:?}");
    assert_eq!(talk.said(), said, "{input:?}");
    assert_eq!(talk.site.hub().subscribers(), 0, "{input:?}");
    assert!(talk.is_over(), "{input:?}");
}

#[test]
fn a_request_and_no_more() {
    then_hangs_up("", "end", &[]);
    then_hangs_up(HEALTH, "200 end", &[]);
    then_hangs_up(&say("a"), "200 end", &["a"]);
    then_hangs_up(
        &[say("a"), say("b"), say("c")].concat(),
        "200 200 200 end",
        &["a", "b", "c"],
    );
}

/// A client may close its side in the same segment as its requests: they are answered still.
#[test]
fn requests_and_the_end_at_once() {
    let mut talk = Talk::new();
    talk.push([say("a"), say("b")].concat());
    talk.hang_up();
    assert_eq!(talk.transcript(), "200 200 end");
    assert!(talk.is_over());
}

#[test]
fn a_head_cut_short() {
    for cut in 1..HEALTH.len() {
        then_hangs_up(&HEALTH[..cut], "400 end", &[]);
        then_hangs_up(&(say("a") + &HEALTH[..cut]), "200 400 end", &["a"]);
    }
    then_hangs_up("\r\n", "400 end", &[]);
}

#[test]
fn a_body_cut_short() {
    let body = json("a");
    let whole = say("a");
    let chunked = say_as(
        "Transfer-Encoding: chunked",
        &(chunks("a", 5) + "X: y\r\n\r\n"),
    );
    let head = say_as("Transfer-Encoding: chunked", "").len();
    for cut in 1..=body.len() {
        then_hangs_up(&whole[..whole.len() - cut], "400 end", &[]);
    }
    for cut in head..chunked.len() {
        then_hangs_up(&chunked[..cut], "400 end", &[]);
    }
    then_hangs_up(&chunked, "200 end", &["a"]);
}

/// A complete JSON text in a body that is not complete is not a message.
#[test]
fn a_message_in_a_longer_body() {
    let body = json("a");
    let request = say_as(&format!("Content-Length: {}", body.len() + 1), &body);
    then_hangs_up(&request, "400 end", &[]);
    let request = say_as("Transfer-Encoding: chunked", &chunks("a", 500));
    then_hangs_up(&request, "400 end", &[]);
}

#[test]
fn everybody_leaves_at_every_byte() {
    let input = [HEALTH, &say("a"), LISTEN, "x"].concat();
    for cut in 0..=input.len() {
        let mut talk = Talk::new();
        talk.push(&input[..cut]);
        futures_lite::future::block_on(talk.vanish());
    }
}

#[test]
fn nothing_is_read_after_a_refusal() {
    let mut talk = Talk::new();
    talk.send("GET /healthz HTTP/1.1\r\n\r\n");
    assert_eq!(talk.transcript(), "400 end");
    for _ in 0..3 {
        talk.send(say("smuggled"));
        talk.send(LISTEN);
    }
    assert_eq!(talk.transcript(), "end");
    assert_eq!(talk.said().len(), 0);
    assert_eq!(talk.site.hub().subscribers(), 0);
    assert!(!talk.is_over(), "the server does not wait for its peer");
    talk.finish();
}

#[test]
fn a_site_that_closes() {
    let mut idle = Talk::new();
    idle.site.close();
    idle.read();
    // Its first request may be under way.
    assert!(!idle.is_over());
    idle.pass(Duration::from_secs(1));
    assert_eq!(idle.transcript(), "end");
    assert!(idle.is_over());

    let mut new = Talk::new();
    new.site.close();
    new.send(HEALTH);
    assert_eq!(new.transcript(), "200 end");
    // One whose handshake was over only now.
    let mut late = new.another();
    late.send(HEALTH);
    assert_eq!(late.transcript(), "200 end");
    late.finish();
    new.finish();

    let mut known = Talk::new();
    known.send(HEALTH);
    known.site.close();
    known.read();
    assert_eq!(known.transcript(), "200 end");
    assert!(known.is_over());

    let mut busy = Talk::new();
    busy.send(&HEALTH[..20]);
    busy.site.close();
    busy.send(&HEALTH[20..]);
    let reply = busy.reply().unwrap();
    assert_eq!(
        (reply.status, reply.field("connection")),
        (200, Some("close"))
    );
    assert!(busy.ended);
    busy.finish();

    let mut late = Talk::new();
    let (head, body) = (say("a"), json("a"));
    let (head, body) = head.split_at(head.len() - body.len());
    late.send(head);
    late.site.close();
    late.send(body.to_owned() + &say("b"));
    let reply = late.reply().unwrap();
    assert_eq!((reply.status, reply.field("retry-after")), (503, Some("1")));
    assert_eq!(late.transcript(), "end");
    assert_eq!(late.said().len(), 0);
    late.finish();
}
