//! A chunked body: it decodes to the same in pieces as at once, and what was encoded decodes to itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ssehub::http::body::Chunked;

const LIMIT_BYTES: usize = 4_096;

fuzz_target!(|input: (u8, &[u8])| {
    let (piece, bytes) = (usize::from(input.0) + 1, input.1);
    assert_eq!(decoded(bytes, bytes.len().max(1)), decoded(bytes, piece));

    let mut encoded = Vec::new();
    for chunk in bytes.chunks(piece) {
        encoded.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        encoded.extend_from_slice(chunk);
        encoded.extend_from_slice(b"\r\n");
    }
    let length = encoded.len() + 5;
    encoded.extend_from_slice(b"0\r\n\r\nGET / HTTP/1.1\r\n");
    if bytes.len() <= LIMIT_BYTES {
        assert_eq!(decoded(&encoded, piece), Ok((bytes.to_vec(), length, true)));
    } else {
        assert_eq!(decoded(&encoded, piece), Err(413));
    }
});

/// The body, the bytes that it took, and whether it has ended, when it arrives in pieces of this many bytes.
fn decoded(input: &[u8], piece: usize) -> Result<(Vec<u8>, usize, bool), u16> {
    let mut decoder = Chunked::new(LIMIT_BYTES);
    let (mut body, mut done, mut shown, mut ended) = (Vec::new(), 0, 0, false);
    while shown < input.len() && !ended {
        shown = input.len().min(shown + piece);
        let progress = decoder.decode(&input[done..shown], &mut body);
        let progress = progress.map_err(|refusal| refusal.status)?;
        done += progress.consumed;
        ended = progress.ended;
        assert!(done <= shown && body.len() <= LIMIT_BYTES);
    }
    Ok((body, done, ended))
}
