//! A file that has lost its end or some of its bits.

use std::collections::BTreeSet;

use super::super::chance;
use super::{Sample, check};

/// How many places are tried of each kind of damage, unless more rounds are asked for.
const PLACES: usize = 40;

/// The part of redb's file that tells where the rest is, in bytes.
const HEADER_BYTES: usize = 320;

fn samples() -> [(&'static str, Sample); 2] {
    [("closed", Sample::closed()), ("killed", Sample::killed())]
}

#[test]
fn a_file_that_is_whole_opens_with_all_that_was_said() {
    for (name, sample) in samples() {
        assert_eq!(sample.said.len(), 60, "{name}");
        assert_eq!(check(name, &sample.bytes, &sample.said), Some(60), "{name}");
    }
}

#[test]
fn a_file_cut_short_is_refused_or_right() {
    for (name, sample) in samples() {
        let whole = sample.bytes.len();
        let mut lengths = BTreeSet::from([1, 8, 9, 64, 319, 320, 4_095, 4_096, 8_192, whole - 1]);
        let mut chance = chance();
        lengths.extend((0..PLACES).map(|_| chance.usize(1..whole)));
        for length in lengths {
            let name = format!("{name}, {length} of {whole} bytes");
            let opened = check(&name, &sample.bytes[..length], &sample.said);
            assert!(opened != Some(0), "{name}: opens and holds nothing");
        }
    }
}

#[test]
fn a_file_that_has_grown_a_tail_is_refused_or_right() {
    for (name, sample) in samples() {
        for tail in [vec![0; 1], vec![0; 4_096], vec![0xff; 10_000]] {
            let bytes = [&sample.bytes[..], &tail].concat();
            let name = format!("{name}, {} more", tail.len());
            assert!(check(&name, &bytes, &sample.said) != Some(0), "{name}");
        }
    }
}

#[test]
fn a_file_with_a_wrong_byte_is_refused_or_right() {
    for (name, sample) in samples() {
        let mut chance = chance();
        // Most of a small log's file is empty; what holds something is more interesting.
        let used: Vec<_> = (0..sample.bytes.len())
            .filter(|at| sample.bytes[*at] != 0)
            .collect();
        let mut refused = 0;
        for round in 0..PLACES * 3 {
            let at = match round % 3 {
                0 => chance.usize(..HEADER_BYTES),
                1 => chance.usize(..sample.bytes.len()),
                _ => used[chance.usize(..used.len())],
            };
            let mut bytes = sample.bytes.clone();
            bytes[at] ^= chance.u8(1..);
            let name = format!("{name}, byte {at} is {}", bytes[at]);
            match check(&name, &bytes, &sample.said) {
                Some(held) => assert!(held > 0, "{name}: opens and holds nothing"),
                None => refused += 1,
            }
        }
        assert!(refused > 0, "{name}: no damage was noticed");
    }
}

#[test]
fn a_file_with_a_wrong_page_is_refused_or_right() {
    for (name, sample) in samples() {
        let mut chance = chance();
        for round in 0..PLACES {
            let page = chance.usize(..sample.bytes.len() / 4_096);
            let mut bytes = sample.bytes.clone();
            let wrong = &mut bytes[page * 4_096..][..4_096];
            match round % 3 {
                0 => wrong.fill(0),
                1 => wrong.fill_with(|| chance.u8(..)),
                _ => wrong.copy_from_slice(&sample.bytes[..4_096]),
            }
            let name = format!("{name}, page {page} is wrong in way {}", round % 3);
            let opened = check(&name, &bytes, &sample.said);
            assert!(opened != Some(0), "{name}: opens and holds nothing");
        }
    }
}
