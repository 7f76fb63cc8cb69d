//! Browsers: agents that begin with `Mozilla/5.0 (platform)`.

use super::systems::{self, after};
use super::{UserAgent, version};

/// A browser by the token that gives it away; every browser names others too, so the first of this
/// table that an agent has is it.
struct Browser {
    token: &'static [u8],
    name: &'static [u8],
    /// Its name where the agent also says `Mobile`.
    mobile: &'static [u8],
}

const fn browser(token: &'static [u8], name: &'static [u8], mobile: &'static [u8]) -> Browser {
    Browser {
        token,
        name,
        mobile,
    }
}

#[rustfmt::skip]
const BROWSERS: [Browser; 18] = [
    browser(b"EdgA",              b"Edge Mobile",       b"Edge Mobile"),
    browser(b"EdgiOS",            b"Edge Mobile",       b"Edge Mobile"),
    browser(b"Edg",               b"Edge",              b"Edge"),
    browser(b"Edge",              b"Edge",              b"Edge Mobile"),
    browser(b"OPR",               b"Opera",             b"Opera Mobile"),
    browser(b"OPX",               b"Opera GX",          b"Opera GX"),
    browser(b"Vivaldi",           b"Vivaldi",           b"Vivaldi"),
    browser(b"YaBrowser",         b"Yandex Browser",    b"Yandex Browser"),
    browser(b"SamsungBrowser",    b"Samsung Internet",  b"Samsung Internet"),
    browser(b"Electron",          b"Electron",          b"Electron"),
    browser(b"SeaMonkey",         b"SeaMonkey",         b"SeaMonkey"),
    browser(b"FxiOS",             b"Firefox iOS",       b"Firefox iOS"),
    browser(b"CriOS",             b"Chrome Mobile iOS", b"Chrome Mobile iOS"),
    browser(b"HeadlessChrome",    b"HeadlessChrome",    b"HeadlessChrome"),
    browser(b"WindowsPowerShell", b"WindowsPowerShell", b"WindowsPowerShell"),
    browser(b"Firefox",           b"Firefox",           b"Firefox Mobile"),
    browser(b"Chrome",            b"Chrome",            b"Chrome Mobile"),
    // Its token has the version of WebKit; its own stands in another.
    browser(SAFARI,               b"Safari",            b"Mobile Safari"),
];

const SAFARI: &[u8] = b"Safari";

/// Reads a browser's agent.
pub fn parse(text: &[u8]) -> UserAgent<'_> {
    let (comment, rest) = split(text);
    let system = systems::of_browser(comment);
    let os_name = system.map_or(b"".as_slice(), |system| system.name);
    let (name, version) = robot(comment)
        .or_else(|| named(comment, rest))
        .or_else(|| explorer(comment))
        .unwrap_or(match os_name {
            // An application's view of a web page.
            b"iOS" => (b"Mobile Safari UI/WKWebView", b""),
            _ => (b"", b""),
        });
    UserAgent {
        name,
        version,
        device: device(comment, os_name),
        os_name,
        os_version: system.map_or(b"", |system| system.version),
    }
}

/// The comment behind `Mozilla/5.0`, and what follows it.
fn split(text: &[u8]) -> (&[u8], &[u8]) {
    let Some(open) = memchr::memchr(b'(', text) else {
        return (b"", text);
    };
    let inside = &text[open + 1..];
    match memchr::memchr(b')', inside) {
        Some(close) => (&inside[..close], &inside[close + 1..]),
        None => (inside, b""),
    }
}

/// The browser that stands first in the table, with its version.
fn named<'a>(comment: &[u8], rest: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let is_small = |text: &[u8]| after(text, b"Mobile").or(after(text, b"Tablet")).is_some();
    let mut mobile = is_small(comment);
    let mut own = b"".as_slice();
    let mut best: Option<(usize, &[u8])> = None;
    for token in rest.split(|byte| *byte == b' ') {
        let slash = memchr::memchr(b'/', token).unwrap_or(token.len());
        let (name, number) = (&token[..slash], token.get(slash + 1..).unwrap_or_default());
        match name {
            b"Mobile" => mobile = true,
            b"Version" => own = version(number),
            // Every browser says these, for the sake of those before it.
            b"AppleWebKit" | b"Gecko" | b"(KHTML," | b"like" | b"Gecko)" | b"" => {}
            _ => {
                let most = best.map_or(BROWSERS.len(), |(rank, _)| rank);
                if let Some(rank) = BROWSERS[..most]
                    .iter()
                    .position(|known| known.token == name)
                {
                    best = Some((rank, version(number)));
                }
            }
        }
    }
    let (rank, number) = best?;
    let found = &BROWSERS[rank];
    let number = if found.token == SAFARI { own } else { number };
    Some((if mobile { found.mobile } else { found.name }, number))
}

/// Internet Explorer says it in its comment.
fn explorer(comment: &[u8]) -> Option<(&[u8], &[u8])> {
    let number = after(comment, b"MSIE ")
        .or_else(|| after(comment, b"Trident/").and_then(|rest| after(rest, b"rv:")))?;
    Some((b"IE", version(number)))
}

/// `compatible; Googlebot/2.1; +http://…`
fn robot(comment: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = comment.strip_prefix(b"compatible; ")?;
    let end = memchr::memchr(b';', rest).unwrap_or(rest.len());
    let slash = memchr::memchr(b'/', &rest[..end])?;
    Some((&rest[..slash], version(&rest[slash + 1..end])))
}

fn device<'a>(comment: &'a [u8], os_name: &[u8]) -> &'a [u8] {
    match os_name {
        b"iOS" => comment
            .split(|byte| *byte == b';')
            .next()
            .unwrap_or_default(),
        b"Mac OS X" => b"Mac",
        b"Android" => android(comment),
        _ if robot(comment).is_some() => b"Spider",
        _ => b"",
    }
}

/// The model behind Android's version, where it isn't hidden.
fn android(comment: &[u8]) -> &[u8] {
    let mut parts = comment.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let model = parts
        .by_ref()
        .find(|part| part.starts_with(b"Android"))
        .and_then(|_| parts.next())
        .unwrap_or_default();
    match model {
        b"Mobile" => b"Generic Smartphone",
        b"Tablet" => b"Generic Tablet",
        _ => {
            let end = memchr::memmem::find(model, b" Build/").unwrap_or(model.len());
            &model[..end]
        }
    }
}
