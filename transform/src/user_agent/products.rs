//! Tools: agents of product tokens (`name/version`) and comments, as the AWS command line and SDKs,
//! consoles, services and most HTTP libraries write them (RFC 9110, section 10.1.5).

use super::systems::{self, System};
use super::{UserAgent, version};

/// Tokens before the program's own, or about it, that never name it: partners and frameworks
/// ("APN/1.0 HashiCorp/1.0"), and the metadata of AWS's SDKs ("md/arch#arm64").
const ABOUT: [&[u8]; 20] = [
    b"APN",
    b"HashiCorp",
    b"aws-internal",
    b"ua",
    b"os",
    b"OS",
    b"md",
    b"lang",
    b"api",
    b"cfg",
    b"exec-env",
    b"exe",
    b"prompt",
    b"command",
    b"app",
    b"ft",
    b"m",
    b"io",
    b"http",
    b"vendor",
];

/// Programs that are known by another name than they write.
const KNOWN_AS: [(&[u8], &[u8]); 1] = [(b"python-requests", b"Python Requests")];

/// What stands where there is no agent, or none is told.
const NO_NAMES: [&[u8]; 2] = [b"-", b"HIDDEN_DUE_TO_SECURITY_REASONS"];

/// The longest text without a version that is a name.
const NAME_BYTES: usize = 64;

/// Reads an agent that is no browser's.
pub fn parse(text: &[u8]) -> UserAgent<'_> {
    let mut found = Found::default();
    if memchr::memchr(b'/', text).is_none() {
        // A service (`ec2.amazonaws.com`), `AWS Internal`, or a name that somebody chose.
        if text.len() <= NAME_BYTES && !NO_NAMES.contains(&text) {
            found.program(text);
        }
        return found.agent();
    }
    let (head, rest) = console(text);
    if let Some(head) = head {
        found.program(head);
    }
    found.read(rest);
    found.agent()
}

/// The program before a comma, which may have blanks: `RDS Console, aws-internal/3 aws-sdk-java/…`.
fn console(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let comma = memchr::memchr2(b',', b'(', text).filter(|at| text[*at] == b',');
    match comma {
        Some(at) if (1..=NAME_BYTES).contains(&at) => (Some(&text[..at]), &text[at + 1..]),
        _ => (None, text),
    }
}

/// What has been found so far; each the first of its kind.
#[derive(Default)]
struct Found<'a> {
    /// Name and version.
    program: Option<(&'a [u8], &'a [u8])>,
    /// The first token of all, in case that none is a program's.
    fallback: Option<(&'a [u8], &'a [u8])>,
    system: Option<System<'a>>,
}

impl<'a> Found<'a> {
    fn agent(self) -> UserAgent<'a> {
        let (name, version) = self.program.or(self.fallback).unwrap_or_default();
        let known = KNOWN_AS.iter().find(|(written, _)| *written == name);
        UserAgent {
            name: known.map_or(name, |(_, known)| known),
            version,
            device: b"",
            os_name: self.system.map_or(b"", |system| system.name),
            os_version: self.system.map_or(b"", |system| system.version),
        }
    }

    /// Takes `Name/1.0`, `Name 1.0` or `Name` as the program.
    fn program(&mut self, text: &'a [u8]) {
        let numbered = |at: &usize| text.get(at + 1).is_some_and(u8::is_ascii_digit);
        let end = memchr::memchr(b'/', text)
            .or_else(|| memchr::memrchr(b' ', text).filter(numbered))
            .unwrap_or(text.len());
        let number = text.get(end + 1..).unwrap_or_default();
        self.program = Some((&text[..end], version(number)));
    }

    /// Reads tokens and comments until both program and system are known.
    fn read(&mut self, text: &'a [u8]) {
        let mut rest = text.trim_ascii_start();
        // Words without a version belong to the token behind them: `S3 Browser/10.0.9`.
        let mut words = rest;
        while !rest.is_empty() && (self.program.is_none() || self.system.is_none()) {
            if let [b'(', inside @ ..] = rest {
                let end = memchr::memchr(b')', inside).unwrap_or(inside.len());
                if self.system.is_none() {
                    self.system = systems::of_comment(&inside[..end]);
                }
                rest = inside.get(end + 1..).unwrap_or_default().trim_ascii_start();
                words = rest;
                continue;
            }
            let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
            let (token, behind) = rest.split_at(end);
            rest = behind.trim_ascii_start();
            if self.token(token, words) {
                words = rest;
            }
        }
    }

    /// Reads one token; `words` begins with the words before it that belong to it, or with itself.
    /// Returns whether it was more than a word.
    fn token(&mut self, token: &'a [u8], words: &'a [u8]) -> bool {
        if self.system.is_none() {
            self.system = systems::of_token(token);
            if self.system.is_some() {
                return true;
            }
        }
        let Some(slash) = memchr::memchr(b'/', token) else {
            return false;
        };
        if self.program.is_some() {
            return true;
        }
        let number = version(&token[slash + 1..]);
        if self.fallback.is_none() {
            self.fallback = Some((&token[..slash], number));
        }
        if slash > 0 && !ABOUT.contains(&&token[..slash]) {
            let end = memchr::memchr(b'/', words).filter(|end| *end <= NAME_BYTES);
            let name = end.map_or(&token[..slash], |end| &words[..end]);
            self.program = Some((name, number));
        }
        true
    }
}
