//! The end of a publisher's answer, found with as little work as possible.

/// Collects one answer; answers to a publish are short.
#[derive(Default)]
pub struct Reply {
    bytes: Vec<u8>,
}

impl Reply {
    /// The status, once the answer is complete.
    pub fn feed(&mut self, input: &[u8]) -> Option<u16> {
        self.bytes.extend_from_slice(input);
        let head_end = memchr::memmem::find(&self.bytes, b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&self.bytes[..head_end]).to_ascii_lowercase();
        let status: u16 = head.split(' ').nth(1)?.parse().ok()?;
        if status == 100 {
            self.bytes.drain(..head_end);
            return self.feed(&[]);
        }
        if !is_complete(&head, status, &self.bytes[head_end..]) {
            return None;
        }
        self.bytes.clear();
        Some(status)
    }
}

fn is_complete(head: &str, status: u16, body: &[u8]) -> bool {
    if status == 204 || status == 304 {
        return true;
    }
    let header = |name| {
        head.lines()
            .find_map(|line| line.strip_prefix(name).map(str::trim))
    };
    match header("content-length:").and_then(|length| length.parse::<usize>().ok()) {
        Some(length) => body.len() >= length,
        None if header("transfer-encoding:").is_some() => body.ends_with(b"0\r\n\r\n"),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_framing_says() {
        let answers: [(&[u8], u16); 3] = [
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200),
            (b"HTTP/1.1 204 No Content\r\n\r\n", 204),
            (
                b"HTTP/1.1 201 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
                201,
            ),
        ];
        let mut reply = Reply::default();
        for (bytes, status) in answers {
            let (last, before) = bytes.split_last().expect("not empty");
            assert_eq!(before.iter().find_map(|&byte| reply.feed(&[byte])), None);
            assert_eq!(reply.feed(&[*last]), Some(status));
        }
    }
}
