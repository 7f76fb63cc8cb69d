//! From a record's base64 to the text of CloudWatch Logs, and all that can be wrong on the way.
#![allow(clippy::unwrap_used)]

mod common;

use std::borrow::Cow;

use common::{base64, control_message, gzip, noise};
use proptest::prelude::*;
use transform::event::Text;
use transform::gunzip::{Gunzip, GunzipError};
use transform::outcome::Failed;
use transform::payload::{Payload, PayloadReader};

const CAP: usize = 1 << 20;

/// What a reader makes of `data`: the text of its messages, `""` for nothing at all.
fn read(data: &[u8]) -> Result<Vec<u8>, Failed> {
    let mut reader = PayloadReader::new(CAP);
    match reader.read(&Text::Text(Cow::Owned(base64(data))))? {
        Payload::Empty => Ok(Vec::new()),
        Payload::Messages(text) => Ok(text.to_vec()),
        Payload::Document(line) => Ok(line.to_vec()),
        Payload::Documents(lines) => Ok(lines.join(&b'\n')),
    }
}

#[test]
fn a_gzip_member_is_its_text() {
    assert_eq!(read(&gzip(b"{\"a\":1}")).unwrap(), b"{\"a\":1}");
}

#[test]
fn several_members_are_one_text_and_zeros_may_follow() {
    let members = [gzip(b"one "), gzip(b""), gzip(b"two"), vec![0; 9]].concat();
    assert_eq!(read(&members).unwrap(), b"one two");
}

#[test]
fn all_optional_fields_of_a_gzip_header_are_skipped() {
    let plain = gzip(b"text");
    let with = |flags: u8, fields: &[u8]| {
        let mut member = plain[..10].to_vec();
        member[3] = flags;
        [member, fields.to_vec(), plain[10..].to_vec()].concat()
    };
    assert_eq!(read(&with(4, b"\x03\x00abc")).unwrap(), b"text");
    assert_eq!(read(&with(8, b"name\0")).unwrap(), b"text");
    assert_eq!(read(&with(16, b"comment\0")).unwrap(), b"text");
    assert_eq!(read(&with(2, b"\x01\x02")).unwrap(), b"text");
    assert_eq!(read(&with(31, b"\x01\x00x\0\0\x01\x02")).unwrap(), b"text");
    assert_eq!(read(&with(0x20, b"")).unwrap_err(), Failed::DamagedGzip);
}

#[test]
fn no_data_is_nothing_to_deliver() {
    let mut reader = PayloadReader::new(CAP);
    assert_eq!(reader.read(&Text::Absent), Ok(Payload::Empty));
    assert_eq!(
        reader.read(&Text::Text(Cow::Borrowed(""))),
        Ok(Payload::Empty)
    );
    assert_eq!(read(&gzip(b"")).unwrap(), b"");
    assert_eq!(read(&gzip(b" \n")).unwrap(), b"");
}

#[test]
fn what_is_no_base64_fails() {
    let mut reader = PayloadReader::new(CAP);
    for text in ["%%%%", "abc", "ab=c", "aGk=\n", "aGk", "\u{e9}\u{e9}"] {
        assert_eq!(
            reader.read(&Text::Text(Cow::Borrowed(text))),
            Err(Failed::BadBase64),
            "{text}"
        );
    }
    assert_eq!(reader.read(&Text::Other), Err(Failed::BadBase64));
}

#[test]
fn what_is_neither_gzip_nor_a_finished_document_fails() {
    for data in [
        &b"x"[..],
        b"{\"messageType\":\"DATA_MESSAGE\"}",
        b"\x1f",
        b"BZh91AY",
        b"\x1f\x8c\x08",
    ] {
        assert_eq!(read(data).unwrap_err(), Failed::NotGzip, "{data:?}");
    }
}

#[test]
fn gzip_that_is_cut_off_anywhere_fails_as_cut_off() {
    let whole = gzip(control_message().as_bytes());
    for end in 2..whole.len() {
        assert_eq!(
            read(&whole[..end]).unwrap_err(),
            Failed::CutOffGzip,
            "cut at {end}"
        );
    }
    let two = [whole.clone(), whole[..whole.len() - 3].to_vec()].concat();
    assert_eq!(read(&two).unwrap_err(), Failed::CutOffGzip);
}

#[test]
fn a_wrong_check_sum_and_garbage_behind_fail_as_damaged() {
    let whole = gzip(control_message().as_bytes());
    for position in whole.len() - 8..whole.len() {
        let mut wrong = whole.clone();
        wrong[position] ^= 1;
        assert_eq!(
            read(&wrong).unwrap_err(),
            Failed::DamagedGzip,
            "byte {position}"
        );
    }
    // Behind a member of nothing, zeros look like its trailer.
    let nothing = [gzip(b""), b"garbage".to_vec(), vec![0; 8]].concat();
    assert_eq!(read(&nothing).unwrap_err(), Failed::DamagedGzip);
    let garbage = [whole, b"garbage".to_vec()].concat();
    assert_eq!(read(&garbage).unwrap_err(), Failed::DamagedGzip);
}

#[test]
fn a_gzip_bomb_stops_at_the_cap() {
    assert_eq!(
        read(&gzip(&vec![b' '; CAP + 1])).unwrap_err(),
        Failed::PayloadTooLarge
    );
    let many = gzip(&vec![b'x'; CAP / 2 + 1]).repeat(2);
    assert_eq!(read(&many).unwrap_err(), Failed::PayloadTooLarge);
    assert_eq!(read(&gzip(&vec![b'x'; CAP])).unwrap().len(), CAP);
}

#[test]
fn a_size_that_the_trailer_lies_about_is_only_damage() {
    let mut lying = gzip(b"text");
    let at = lying.len() - 4;
    lying[at..].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(read(&lying).unwrap_err(), Failed::DamagedGzip);
}

#[test]
fn a_reader_forgets_the_record_before() {
    let mut reader = PayloadReader::new(CAP);
    let long = base64(&gzip(noise(1, 200_000).as_bytes()));
    assert!(reader.read(&Text::Text(Cow::Owned(long))).is_ok());
    assert_eq!(
        reader.read(&Text::Text(Cow::Borrowed("!"))),
        Err(Failed::BadBase64)
    );
    let short = base64(&gzip(b"short"));
    assert_eq!(
        reader.read(&Text::Text(Cow::Owned(short))),
        Ok(Payload::Messages(b"short"))
    );
}

/// Few and short ones, so that members are often the same.
const TEXTS: [&str; 4] = ["", "a", "some text", "\0\0\0\0\0\0\0\0"];

/// What data is put together from.
#[derive(Debug, Clone)]
enum Piece {
    Member(&'static str),
    Zeros(usize),
    /// So many of the bytes before, once more.
    Again(usize),
}

fn pieces() -> impl Strategy<Value = Piece> {
    prop_oneof![
        4 => prop::sample::select(TEXTS.to_vec()).prop_map(Piece::Member),
        1 => (0..12_usize).prop_map(Piece::Zeros),
        1 => (0..19_usize).prop_map(Piece::Again),
    ]
}

proptest! {
    #[test]
    fn any_text_in_any_number_of_members_comes_back(
        texts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3000), 1..5)
    ) {
        let members: Vec<u8> = texts.iter().flat_map(|text| gzip(text)).collect();
        let mut out = Vec::new();
        Gunzip::default().gunzip(&members, &mut out, CAP).unwrap();
        prop_assert_eq!(out, texts.concat());
    }

    #[test]
    fn whatever_stands_between_and_behind_members_no_text_is_left_out_in_silence(
        pieces in prop::collection::vec(pieces(), 1..5), first in prop::sample::select(TEXTS.to_vec())
    ) {
        let pieces = [vec![Piece::Member(first)], pieces].concat();
        let mut text = String::new();
        let mut data = Vec::new();
        for piece in &pieces {
            match piece {
                Piece::Member(one) => {
                    text.push_str(one);
                    data.extend(gzip(one.as_bytes()));
                }
                Piece::Zeros(count) => data.resize(data.len() + count, 0),
                Piece::Again(count) => data.extend_from_within(data.len().saturating_sub(*count)..),
            }
        }
        let mut out = Vec::new();
        let result = Gunzip::default().gunzip(&data, &mut out, CAP);
        prop_assert!(result.is_err() || out == text.as_bytes(), "{out:?}");
        let members = pieces.iter().take_while(|piece| matches!(piece, Piece::Member(_)));
        let zeros = pieces.iter().skip(members.count());
        if zeros.clone().all(|piece| matches!(piece, Piece::Zeros(_))) {
            prop_assert_eq!(result, Ok(()));
        }
    }

    #[test]
    fn a_changed_byte_never_passes_as_the_same_text_or_panics(
        text in prop::collection::vec(any::<u8>(), 1..2000), position in any::<prop::sample::Index>(), bit in 0..8_u8
    ) {
        let mut member = gzip(&text);
        // The header's time, extra flags and system are not covered by anything.
        let position = position.index(member.len());
        prop_assume!(!(4..10).contains(&position));
        member[position] ^= 1 << bit;
        let mut out = Vec::new();
        let result = Gunzip::default().gunzip(&member, &mut out, CAP);
        prop_assert!(result.is_err() || out == text, "{result:?}");
    }

    #[test]
    fn bytes_that_only_begin_as_gzip_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        let data = [&[0x1f, 0x8b, 8, 0][..], &bytes].concat();
        let result = Gunzip::default().gunzip(&data, &mut Vec::new(), CAP);
        prop_assert!(!matches!(result, Err(GunzipError::NotGzip)));
    }
}
