//! Taking chunks apart (RFC 9112, section 7.1) as their bytes come in.

/// A chunked body.
#[derive(Default)]
pub struct Chunks {
    /// What is left of the chunk at hand, its line end included.
    left: usize,
    /// The size line so far.
    size: Vec<u8>,
}

impl Chunks {
    /// The content in these bytes.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut content = Vec::new();
        for byte in bytes {
            match self.left {
                0 => self.size_byte(*byte),
                // The chunk's own line end.
                1 | 2 => self.left -= 1,
                _ => {
                    self.left -= 1;
                    content.push(*byte);
                }
            }
        }
        content
    }

    fn size_byte(&mut self, byte: u8) {
        self.size.push(byte);
        let Some(digits) = self.size.strip_suffix(b"\r\n") else {
            return;
        };
        let digits = String::from_utf8_lossy(digits);
        let size = usize::from_str_radix(&digits, 16);
        self.left = size.unwrap_or_else(|_| panic!("not the size of a chunk: {digits:?}")) + 2;
        self.size.clear();
    }
}

#[test]
fn chunks_are_taken_apart_wherever_they_are_cut() {
    let body = b"3\r\nabc\r\n0c\r\n\r\nd\r\n efghij\r\n";
    for cut in 0..=body.len() {
        let mut chunks = Chunks::default();
        let content = [chunks.push(&body[..cut]), chunks.push(&body[cut..])].concat();
        assert_eq!(content, b"abc\r\nd\r\n efghij", "{cut}");
    }
}
