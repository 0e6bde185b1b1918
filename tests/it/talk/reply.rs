//! A strict reader of responses.

/// One response.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// Status line and fields, in lower case.
    pub head: String,
    pub body: String,
}

impl Reply {
    /// Takes the first response out of what has been received, if all of it is there.
    pub fn take(received: &mut Vec<u8>, has_body: bool) -> Option<Reply> {
        let end = received.windows(4).position(|at| at == b"\r\n\r\n")? + 4;
        let head = str::from_utf8(&received[..end]).unwrap().to_lowercase();
        let status = status(&head);
        let mut reply = Reply {
            status,
            head,
            body: String::new(),
        };
        let bytes = if has_body { reply.body_bytes() } else { 0 };
        let body = received.get(end..end + bytes)?.to_vec();
        reply.body = String::from_utf8(body).unwrap();
        reply.check(has_body);
        received.drain(..end + bytes);
        Some(reply)
    }

    pub fn field(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find_map(|(key, value)| (key == name).then_some(value))
    }

    fn body_bytes(&self) -> usize {
        self.field("content-length")
            .map_or(0, |digits| digits.parse().unwrap())
    }

    /// What holds for every response.
    fn check(&self, has_body: bool) {
        let text = format!("{self:?}");
        // RFC 9110, section 8.6.
        let bodiless = matches!(self.status, 100 | 204 | 304);
        assert_eq!(self.field("content-length").is_none(), bodiless, "{text}");
        assert_eq!(self.field("date").is_none(), self.status == 100, "{text}");
        assert_eq!(
            self.head.matches("content-length:").count(),
            usize::from(!bodiless),
            "{text}"
        );
        if self.status < 400 {
            return;
        }
        assert_eq!(
            self.field("content-type"),
            Some("application/json"),
            "{text}"
        );
        assert!(
            !has_body
                || self
                    .body
                    .starts_with(r#"{"succeeded":false,"errorMessage":""#),
            "{text}"
        );
    }
}

fn status(head: &str) -> u16 {
    let line = head.lines().next().unwrap();
    let rest = line.strip_prefix("http/1.1 ").expect(line);
    let (code, reason) = rest.split_once(' ').expect(line);
    assert!(!reason.is_empty(), "{line}");
    code.parse().unwrap()
}
