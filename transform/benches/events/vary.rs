//! Another message of the same shape: other ids, keys, addresses, ports and times, and nothing else.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use fastrand::Rng;
use serde::de::IgnoredAny;

const HEX: &[u8] = b"0123456789abcdef";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const DIGITS: &[u8] = b"0123456789";
/// `AKIA`, `AROA`: what kind of id it is.
const KIND_OF_ID: usize = 4;

/// `message`, a JSON text, as it could have been logged by `account` at another time.
///
/// The same id becomes the same other id wherever it stands in the message.
pub fn varied(message: &str, account: &str, rng: &mut Rng) -> String {
    let mut ids = HashMap::new();
    let parts: Vec<String> = message
        .split('"')
        .map(|part| part_of(part, account, &mut ids, rng))
        .collect();
    let varied = parts.join("\"");
    serde_json::from_str::<IgnoredAny>(&varied).expect("JSON of the same shape");
    varied
}

/// What stands between two quotation marks.
fn part_of<'m>(
    part: &'m str,
    account: &str,
    ids: &mut HashMap<&'m str, String>,
    rng: &mut Rng,
) -> String {
    if let Ok(address) = part.parse::<Ipv4Addr>() {
        return other_address(address, rng).to_string();
    }
    if part.len() >= 20 && part.as_bytes()[10] == b'T' && part.ends_with('Z') {
        let (minute, second) = (rng.u8(..60), rng.u8(..60));
        return format!("{}{minute:02}:{second:02}{}", &part[..14], &part[19..]);
    }
    let mut out = String::with_capacity(part.len());
    let mut rest = part;
    while !rest.is_empty() {
        let end = rest
            .find(|character: char| !character.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        out.push_str(
            ids.entry(word)
                .or_insert_with(|| other_word(word, account, rng)),
        );
        let next = after.chars().next().map_or(0, char::len_utf8);
        out.push_str(&after[..next]);
        rest = &after[next..];
    }
    out
}

fn other_address(address: Ipv4Addr, rng: &mut Rng) -> Ipv4Addr {
    let [first, second, third, _] = address.octets();
    if address.is_private() {
        Ipv4Addr::new(first, second, third, rng.u8(4..250))
    } else {
        outside(rng)
    }
}

/// An address of the internet: few of them call often.
pub fn outside(rng: &mut Rng) -> Ipv4Addr {
    let often = rng.f64().powi(4) * 2000.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let mut address = Rng::with_seed(often as u64);
    Ipv4Addr::new(
        address.u8(11..120),
        address.u8(..),
        address.u8(..),
        address.u8(1..),
    )
}

/// Words that can't be taken for an id, a key or a large number stay.
fn other_word(word: &str, account: &str, rng: &mut Rng) -> String {
    let all = |of: fn(&u8) -> bool| word.bytes().all(|byte| of(&byte));
    let digit = word.bytes().any(|byte| byte.is_ascii_digit());
    match word.len() {
        12 if all(u8::is_ascii_digit) => account.to_owned(),
        5 if all(u8::is_ascii_digit) => rng.u16(10_000..).to_string(),
        6.. if all(u8::is_ascii_digit) => format!("1{}", random(DIGITS, word.len() - 1, rng)),
        16.. if digit && all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) => {
            let random = random(BASE32, word.len() - KIND_OF_ID, rng);
            format!("{}{random}", &word[..KIND_OF_ID])
        }
        4.. if digit
            && !all(u8::is_ascii_digit)
            && all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) =>
        {
            random(HEX, word.len(), rng)
        }
        _ => word.to_owned(),
    }
}

fn random(alphabet: &[u8], length: usize, rng: &mut Rng) -> String {
    (0..length)
        .map(|_| char::from(alphabet[rng.usize(..alphabet.len())]))
        .collect()
}
