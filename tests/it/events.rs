//! The native API, over pipes: publishing, subscribing, polling.

mod accept;
mod access;
mod end;
mod fuzz;
mod latest;
mod life;
mod lines;
mod local;
mod poll;
mod presence;
mod publish;
mod resume;
mod routes;
mod subscribe;
mod unknown;

use crate::talk::{Reply, Talk};

/// A request without a body.
pub fn request(method: &str, target: &str, fields: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: h\r\n{fields}\r\n")
}

pub fn get(target: &str) -> String {
    request("GET", target, "")
}

/// A `POST` whose further fields end in CR LF each.
pub fn post(target: &str, fields: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!("{fields}Content-Length: {}\r\n", body.len());
    [request("POST", target, &head).as_bytes(), body].concat()
}

fn post_lines(target: &str, body: &str) -> Vec<u8> {
    post(target, "Content-Type: application/x-ndjson\r\n", body)
}

/// Sends a request, and takes the one reply to it.
pub fn ask(talk: &mut Talk, input: impl AsRef<[u8]>) -> Reply {
    talk.send(input);
    let reply = talk.reply().expect("a reply");
    assert!(talk.received.is_empty(), "more than {reply:?}");
    reply
}

/// Asserts status and sentence of a refusal, and that the connection goes on.
#[track_caller]
pub fn refused(input: impl AsRef<[u8]>, status: u16, sentence: &str) {
    let input = input.as_ref();
    let text = input[..input.len().min(300)].escape_ascii();
    let mut talk = Talk::new();
    let reply = ask(&mut talk, input);
    assert_eq!(reply.status, status, "{text}: {reply:?}");
    let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(body["errorMessage"], sentence, "{text}");
    assert_eq!(talk.said(), [""; 0], "{text}");
    assert_eq!(ask(&mut talk, get("/healthz")).status, 200, "{text}");
    talk.finish();
}

/// A client whose request has become a stream, with its head read away.
pub struct Stream {
    pub talk: Talk,
    pub head: String,
}

impl Stream {
    pub fn open(mut talk: Talk, input: impl AsRef<[u8]>) -> Stream {
        talk.send(input);
        let received = String::from_utf8(std::mem::take(&mut talk.received)).unwrap();
        let (head, rest) = received.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{received}");
        talk.received = rest.as_bytes().to_vec();
        Stream {
            talk,
            head: head.to_owned(),
        }
    }

    /// What has come since, out of its chunks; the last one, which is empty, ends the stream.
    pub fn read(&mut self) -> String {
        self.talk.read();
        let received = String::from_utf8(std::mem::take(&mut self.talk.received)).unwrap();
        let mut rest = received.as_str();
        let mut body = String::new();
        while let Some((size, after)) = rest.split_once("\r\n") {
            let (chunk, after) = after.split_at(usize::from_str_radix(size, 16).unwrap());
            body += chunk;
            rest = after.strip_prefix("\r\n").unwrap();
        }
        assert_eq!(rest, "");
        body
    }

    /// What the events that have come since say.
    pub fn data(&mut self) -> Vec<String> {
        let body = self.read();
        let data = body.lines().filter_map(|line| line.strip_prefix("data: "));
        data.map(str::to_owned).collect()
    }
}
