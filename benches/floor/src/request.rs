//! As little of HTTP as a floor needs: the target, the blank line, `Content-Length`.

/// What a client wants; a room is named by the request target, whatever it says.
pub enum Request {
    Subscribe { room: Vec<u8> },
    Publish { room: Vec<u8>, text: Vec<u8> },
}

/// Takes one whole request from the front of `inbox`, and says how many bytes it was.
pub fn take(inbox: &[u8]) -> Option<(Request, usize)> {
    let head_end = inbox.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let head = &inbox[..head_end];
    let mut words = head.split(|&b| b == b' ');
    let is_post = words.next() == Some(b"POST");
    let room = words.next().unwrap_or_default().to_vec();
    if !is_post {
        return Some((Request::Subscribe { room }, head_end));
    }
    let end = head_end + content_length(head);
    let text = inbox.get(head_end..end)?.to_vec();
    Some((Request::Publish { room, text }, end))
}

fn content_length(head: &[u8]) -> usize {
    let name = b"content-length:";
    head.split(|&b| b == b'\n')
        .find(|line| line.len() > name.len() && line[..name.len()].eq_ignore_ascii_case(name))
        .and_then(|line| {
            std::str::from_utf8(&line[name.len()..])
                .ok()?
                .trim()
                .parse()
                .ok()
        })
        .unwrap_or(0)
}
