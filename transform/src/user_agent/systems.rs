//! Operating systems.

use super::{numbers, version};

/// An operating system, and its version where it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct System<'a> {
    pub name: &'static [u8],
    pub version: &'a [u8],
}

/// What tools call a system, in lower case, and its name.
const TOOLS: [(&[u8], &[u8]); 11] = [
    (b"linux", b"Linux"),
    (b"macos", b"Mac OS X"),
    (b"mac_os_x", b"Mac OS X"),
    (b"darwin", b"Mac OS X"),
    (b"windows", b"Windows"),
    (b"windows_nt", b"Windows"),
    (b"microsoft_windows_nt", b"Windows"),
    (b"win", b"Windows"),
    (b"ios", b"iOS"),
    (b"android", b"Android"),
    (b"freebsd", b"FreeBSD"),
];

/// Distributions that browsers name besides Linux.
const DISTRIBUTIONS: [&[u8]; 5] = [b"Ubuntu", b"Fedora", b"Debian", b"Red Hat", b"CentOS"];

/// Windows by the version of its kernel ("Operating System Version", Windows documentation).
const WINDOWS: [(&[u8], &[u8]); 8] = [
    (b"10.0", b"10"),
    (b"6.3", b"8.1"),
    (b"6.2", b"8"),
    (b"6.1", b"7"),
    (b"6.0", b"Vista"),
    (b"5.2", b"XP"),
    (b"5.1", b"XP"),
    (b"5.0", b"2000"),
];

/// The system that a product token of a tool is: `Linux/5.10.184-1.amzn2`, `os/macos#23.5.0`,
/// `OS/Microsoft_Windows_NT_10.0.19042.0`, `x86_64-linux`.
pub fn of_token(token: &[u8]) -> Option<System<'_>> {
    let named = match token {
        [b'o' | b'O', b's' | b'S', b'/', rest @ ..] => rest,
        // Most tokens are something else.
        [
            b'l' | b'L' | b'd' | b'D' | b'm' | b'M' | b'w' | b'W' | b'i' | b'a' | b'A' | b'F',
            ..,
        ] => token,
        _ => {
            return token.ends_with(b"-linux").then_some(System {
                name: b"Linux",
                version: b"",
            });
        }
    };
    let end = named
        .iter()
        .position(|byte| matches!(byte, b'#' | b'/') || byte.is_ascii_digit())
        .unwrap_or(named.len());
    let (called, rest) = named.split_at(end);
    let called = called.strip_suffix(b"_").unwrap_or(called);
    let name = tool(called)?;
    let number = match rest {
        [b'#' | b'/', rest @ ..] => rest,
        // `win32` is no version.
        _ if called.len() == 3 => b"",
        _ => rest,
    };
    // `linux/v14.17.4` is the version of Node.js, and Darwin's that of a kernel.
    let is_own =
        number.first().is_some_and(u8::is_ascii_digit) && !called.eq_ignore_ascii_case(b"darwin");
    let number = if is_own { version(number) } else { b"" };
    let version = if name == b"Windows" {
        windows(number)
    } else {
        number
    };
    Some(System { name, version })
}

/// The system in a tool's comment: `go1.19.3; linux; amd64`, `linux/amd64`, `linux-gnu`.
pub fn of_comment(comment: &[u8]) -> Option<System<'_>> {
    // An address may stand first: `+https://www.packer.io/; go1.18; linux/amd64`.
    let comment = match comment {
        [b'+', address @ ..] => after(address, b";").unwrap_or_default(),
        comment => comment,
    };
    comment
        .split(|byte| matches!(byte, b';' | b' ' | b'/' | b'-'))
        .find_map(tool)
        .map(|name| System { name, version: b"" })
}

fn tool(called: &[u8]) -> Option<&'static [u8]> {
    TOOLS
        .iter()
        .find(|(known, _)| called.eq_ignore_ascii_case(known))
        .map(|(_, name)| *name)
}

/// The Windows that a kernel's version belongs to; a version that isn't one stays.
fn windows(number: &[u8]) -> &[u8] {
    let is = |kernel: &[u8]| {
        number
            .strip_prefix(kernel)
            .is_some_and(|rest| rest.first().is_none_or(|byte| *byte == b'.'))
    };
    WINDOWS
        .iter()
        .find(|(kernel, _)| is(kernel))
        .map_or(number, |(_, version)| *version)
}

/// The system in a browser's comment: `Windows NT 10.0; Win64; x64`,
/// `iPhone; CPU iPhone OS 17_1_1 like Mac OS X`, `Linux; Android 13; Pixel 7`.
pub fn of_browser(comment: &[u8]) -> Option<System<'_>> {
    let system = |name, version| Some(System { name, version });
    if let Some(rest) = after(comment, b"Windows NT ") {
        return system(b"Windows", windows(version(rest)));
    }
    if comment.starts_with(b"iP") {
        let rest = after(comment, b" OS ").unwrap_or_default();
        return system(b"iOS", numbers(rest, b'_'));
    }
    if let Some(rest) = after(comment, b"Mac OS X") {
        let rest = rest.trim_ascii_start();
        let dots = version(rest);
        let underscores = numbers(rest, b'_');
        let longer = if dots.len() > underscores.len() {
            dots
        } else {
            underscores
        };
        return system(b"Mac OS X", longer);
    }
    if let Some(rest) = after(comment, b"Android") {
        return system(b"Android", version(rest.trim_ascii_start()));
    }
    if let Some(rest) = after(comment, b"CrOS ") {
        let number = rest.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        return system(b"Chrome OS", version(number));
    }
    if let Some(name) = DISTRIBUTIONS
        .iter()
        .find(|name| after(comment, name).is_some())
    {
        return system(name, b"");
    }
    for name in [b"Linux".as_slice(), b"FreeBSD", b"OpenBSD", b"Windows"] {
        if after(comment, name).is_some() {
            return system(name, b"");
        }
    }
    None
}

/// What stands behind `needle`. Comments are short: this is faster than to prepare a search.
pub fn after<'a>(text: &'a [u8], needle: &[u8]) -> Option<&'a [u8]> {
    let (first, others) = needle.split_first()?;
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix(others) {
            return Some(behind);
        }
    }
    None
}
