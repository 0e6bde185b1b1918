//! Clients that do not shake hands as they should.

use std::time::Duration;

use futures_lite::future::{block_on, poll_once};
use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _};
use ssehub::tls::{HANDSHAKE_DEADLINE, HANDSHAKES, Refused};

use super::client::{Certificate, Server, Speaks};
use super::{ROOM, server};
use crate::pipe::{Duplex, duplex};

/// The head of a record that a handshake begins with, and then nothing of what it promises.
const HALF: &[u8] = &[22, 3, 1, 2, 0, 1, 0, 1, 252];

fn say(server: &Server, pipe: &mut Duplex, bytes: &[u8]) -> usize {
    let written = block_on(poll_once(pipe.write(bytes)));
    server.world.settle();
    written.map_or(0, |written| written.unwrap_or(0))
}

fn hear(pipe: &mut Duplex) -> Vec<u8> {
    let mut part = vec![0; ROOM];
    let bytes = block_on(poll_once(pipe.read(&mut part)));
    part.truncate(bytes.map_or(0, |bytes| bytes.unwrap_or(0)));
    part
}

#[test]
fn a_handshake_that_takes_too_long_is_ended() {
    for beginning in [&[][..], HALF] {
        let (server, _) = server();
        let (mut pipe, serving) = server.connect(ROOM);
        say(&server, &mut pipe, beginning);
        server
            .world
            .pass(HANDSHAKE_DEADLINE - Duration::from_millis(1));
        assert!(!serving.is_finished());
        // One more byte is no reason to wait any longer.
        say(&server, &mut pipe, &[0]);
        server.world.pass(Duration::from_millis(1));
        assert!(serving.is_finished());
    }
}

#[test]
fn http_without_tls_is_known_by_its_first_byte() {
    let (server, _) = server();
    let (mut client, socket) = duplex(ROOM);
    say(&server, &mut client, b"GET / HTTP/1.1\r\n");
    let refused = server.wait(server.acceptor.accept(socket, &server.world.clock));
    let Some(Err(Refused::Plain(mut socket))) = refused else {
        panic!("taken for something else");
    };
    assert!(server.wait(socket.write_all(b"HTTP/1.1 400")).is_some());
    assert_eq!(hear(&mut client), b"HTTP/1.1 400");
}

#[test]
fn what_is_no_handshake_is_told_so() {
    let (server, _) = server();
    let (mut pipe, serving) = server.connect(ROOM);
    say(&server, &mut pipe, b"\x01\x02\x03\x04\x05\x06\x07\x08");
    assert!(serving.is_finished());
    // A fatal alert (RFC 8446, section 6).
    let answer = hear(&mut pipe);
    assert_eq!((answer[0], answer[5]), (21, 2), "{answer:?}");
}

#[test]
fn anything_is_survived_and_ends() {
    let mut chance = fastrand::Rng::with_seed(1);
    for _ in 0..300 {
        let (server, _) = server();
        let (mut pipe, serving) = server.connect(ROOM);
        let mut bytes = match chance.bool() {
            true => HALF.to_vec(),
            false => vec![22, 3, 3],
        };
        bytes.extend((0..chance.usize(..40_000)).map(|_| chance.u8(..)));
        for part in bytes.chunks(chance.usize(1..5_000)) {
            say(&server, &mut pipe, part);
        }
        server.world.pass(HANDSHAKE_DEADLINE);
        assert!(serving.is_finished());
        block_on(serving);
    }
}

#[test]
fn a_handshake_a_few_bytes_at_a_time() {
    let (server, certificate) = server();
    // The client reads nothing more before these have taken one of its records.
    assert!(server.shake(6, &certificate, Speaks::default()).is_ok());
}

#[test]
fn a_stream_that_is_damaged_ends() {
    let (server, certificate) = server();
    let mut talk = server.shake(ROOM, &certificate, Speaks::default()).unwrap();
    talk.subscribe("x");
    let (mut pipe, _) = talk.stream.into_inner();
    say(
        &server,
        &mut pipe,
        &[
            23, 3, 3, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
        ],
    );
    server.world.settle();
    assert!(talk.serving.is_finished());
}

#[test]
fn handshakes_are_bounded() {
    let (server, certificate) = server();
    let begin = |server: &Server| {
        let (client, socket) = duplex(16);
        let (acceptor, clock) = (server.acceptor.clone(), server.world.clock.clone());
        let shaking = server
            .world
            .spawn(async move { acceptor.accept(socket, &clock).await });
        (client, shaking)
    };
    let mut waiting: Vec<_> = (0..HANDSHAKES).map(|_| begin(&server)).collect();
    let (_client, refused) = begin(&server);
    let refused = block_on(poll_once(refused));
    assert!(matches!(refused, Some(Err(Refused::Crowded))));
    // Those who came when there were many have less time.
    server.world.pass(Duration::from_secs(2));
    let late = waiting.iter().filter(|(_, shaking)| shaking.is_finished());
    assert_eq!(late.count(), HANDSHAKES - HANDSHAKES / 4 - 1);
    assert!(server.shake(ROOM, &certificate, Speaks::default()).is_ok());
    waiting.clear();
    server.world.settle();
    let (_client, again) = begin(&server);
    assert!(!again.is_finished());
}

#[test]
fn one_step_leaves_others_their_turn() {
    let certificate = Certificate::of(&["hub.example"]);
    let server = Server::new(&certificate);
    let mut pipes: Vec<_> = (0..32).map(|_| server.connect(ROOM)).collect();
    for (pipe, _) in &mut pipes {
        // Garbage behind the head of a record: a step that fails.
        block_on(poll_once(pipe.write(b"\x17\x03\x03\x00\x01\x00")));
    }
    let mut ticks = 0;
    while server.world.tasks.try_tick() {
        ticks += 1;
    }
    assert!(pipes.iter().all(|(_, serving)| serving.is_finished()));
    // Each of 32 waits once for a turn, and once for those of the others.
    assert!(ticks >= 64, "{ticks}");
}
