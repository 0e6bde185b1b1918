//! How a server is spoken to: a few templates with `{topic}`, `{user}`, `{id}` and `{text}`.

use std::net::SocketAddr;

use crate::load::http;
use crate::load::probe::IdField;

/// How a subscriber says where it left off.
#[derive(Clone, Copy)]
pub enum Resume {
    /// The server keeps no history.
    Cannot,
    /// The `Last-Event-ID` header.
    Header,
    /// A target of its own, with `{id}` in it.
    Target(&'static str),
}

/// One server's way of subscribing and publishing.
#[derive(Clone, Copy)]
pub struct Dialect {
    /// A target to `PUT` before a topic can be used.
    pub create: Option<&'static str>,
    pub subscribe: &'static str,
    pub resume: Resume,
    pub id_field: IdField,
    /// The target to `POST` to.
    pub publish: &'static str,
    /// The body to post, with `{text}` in it.
    pub body: &'static str,
    pub content_type: &'static str,
    /// Further header lines of a publish, each with its line end.
    pub publish_headers: &'static str,
}

impl Dialect {
    /// The request that makes a topic, where one is needed.
    pub fn create(&self, topic: usize) -> Option<Vec<u8>> {
        let path = fill(self.create?, topic, "", "");
        let headers = format!("Content-Type: {}\r\n", self.content_type);
        Some(http::with_body("PUT", &path, &headers, b""))
    }

    /// The request of one subscriber, resuming after `id` if there is one.
    pub fn subscribe(&self, topic: usize, user: usize, id: Option<&str>) -> Vec<u8> {
        let user = user.to_string();
        let (target, last) = match (self.resume, id) {
            (Resume::Target(resume), Some(_)) => (resume, String::new()),
            (Resume::Header, Some(id)) => (self.subscribe, format!("Last-Event-ID: {id}\r\n")),
            _ => (self.subscribe, String::new()),
        };
        let path = fill(target, topic, &user, id.unwrap_or_default());
        let headers = format!("Accept: text/event-stream\r\n{last}\r\n");
        http::head("GET", &path, &headers).into_bytes()
    }

    /// The request that publishes `text`, and where in it the text is.
    pub fn publish(&self, topic: usize, text: &str) -> (Vec<u8>, usize) {
        let body = fill(self.body, topic, "", "").replace("{text}", text);
        let path = fill(self.publish, topic, "", "");
        let headers = format!(
            "Content-Type: {}\r\n{}",
            self.content_type, self.publish_headers
        );
        let request = http::with_body("POST", &path, &headers, body.as_bytes());
        let text_at = memchr::memmem::find(&request, text.as_bytes()).unwrap_or_default();
        (request, text_at)
    }

    pub fn can_resume(&self) -> bool {
        !matches!(self.resume, Resume::Cannot)
    }

    /// Makes the topics that have to be made.
    pub fn prepare(&self, target: SocketAddr, topics: usize) -> Result<(), String> {
        for topic in 0..topics {
            let Some(request) = self.create(topic) else {
                return Ok(());
            };
            match http::call(target, &request) {
                Ok(200..=299) => {}
                Ok(status) => return Err(format!("making topic {topic} was answered {status}")),
                Err(e) => return Err(format!("making topic {topic}: {e}")),
            }
        }
        Ok(())
    }
}

fn fill(template: &str, topic: usize, user: &str, id: &str) -> String {
    template
        .replace("{topic}", &format!("t{topic}"))
        .replace("{user}", &format!("u{user}"))
        .replace("{id}", id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIALECT: Dialect = Dialect {
        create: None,
        subscribe: "/sse?user={user}&topic={topic}",
        resume: Resume::Header,
        id_field: IdField::Id,
        publish: "/sse/message?topic={topic}",
        body: r#"{"message":"{text}","user":"bench"}"#,
        content_type: "application/json",
        publish_headers: "",
    };

    #[test]
    fn the_text_is_where_it_is_said_to_be() {
        let (request, at) = DIALECT.publish(7, "~hb:here");
        assert_eq!(&request[at..at + 8], b"~hb:here");
        let request = String::from_utf8(request).expect("ASCII");
        assert!(
            request.starts_with("POST /sse/message?topic=t7 HTTP/1.1\r\n"),
            "{request}"
        );
        assert!(
            request.contains("Content-Length: 37\r\n\r\n{\"message\""),
            "{request}"
        );
    }

    #[test]
    fn who_resumes_says_after_what() {
        let request = DIALECT.subscribe(0, 3, Some("#5-1"));
        let request = String::from_utf8(request).expect("ASCII");
        assert!(
            request.starts_with("GET /sse?user=u3&topic=t0 HTTP/1.1\r\n"),
            "{request}"
        );
        assert!(
            request.ends_with("Last-Event-ID: #5-1\r\n\r\n"),
            "{request}"
        );
    }
}
