//! What to do when a server gives no answer, or lets nobody in.

use super::Auth;

/// What to do where no answer came.
pub fn unreachable(reason: &str, url: &str) -> &'static str {
    let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if says(&["UnknownIssuer", "CaUsedAsEndEntity", "BadSignature"]) {
        "Its certificate is signed by nobody whom this machine trusts: give the certificate of its CA with --ca-file FILE."
    } else if says(&["not valid for name", "NotValidForName"]) {
        "Its certificate is for another name: use the name that the certificate has."
    } else if says(&[
        "certificate expired",
        "not valid yet",
        "Expired",
        "NotValidYet",
    ]) {
        "Its certificate isn't valid at this time: renew it, or set the clock of this machine."
    } else if says(&["InvalidContentType", "corrupt message"]) {
        "It speaks no TLS there: try http://, or another port."
    } else if url.starts_with("http://")
        && says(&[
            "connection closed",
            "ConnectionReset",
            "reset by peer",
            "IncompleteMessage",
        ])
    {
        "It may speak TLS only: try https://."
    } else {
        "Check the address and the port, that the server is up, and that this machine may reach it: a domain in a VPC \
         answers only inside it. HTTPS_PROXY and NO_PROXY are heeded."
    }
}

/// What to do for somebody whom the server doesn't know.
pub fn unknown(auth: &Auth) -> String {
    match auth {
        Auth::None => "It wants to know who asks: --user NAME with the password in TRIBUTARY_SEARCH_PASSWORD or \
                       --password-file FILE; for Amazon OpenSearch Service with IAM, --sigv4.",
        Auth::Basic(_) => "User or password is wrong.",
        Auth::SigV4 { .. } => "It doesn't take signed requests: use --user NAME, or map the IAM identity to a role \
                               of the domain's fine-grained access control.",
    }
    .to_owned()
}

/// What to do for somebody who may not; `permissions` is what it takes.
pub fn denied(auth: &Auth, permissions: &str) -> String {
    match auth {
        Auth::SigV4 {
            service, region, ..
        } if service == "aoss" => format!(
            "The collection's data access policy has to allow this identity its index templates and pipelines, and \
             the collection has to be in {region} (--region)."
        ),
        Auth::SigV4 { region, .. } => format!(
            "The domain's access policy has to allow this identity es:ESHttpGet, es:ESHttpPut, es:ESHttpPost and \
             es:ESHttpDelete, and the domain has to be in {region} (--region). With fine-grained access control, \
             also: {permissions}"
        ),
        Auth::None => format!(
            "Nobody in particular may not do that: --user or --sigv4. What it takes: {permissions}"
        ),
        Auth::Basic(_) => format!("What the user's role needs: {permissions}"),
    }
}

/// What to do about an answer that nobody expected; empty where only the server's words say it. `seen` is whether
/// a password went to it for everybody on the way to read.
pub fn answer(status: u16, location: Option<&str>, seen: bool) -> String {
    let password = if seen {
        " The password went there for everybody on the way to read: take a new one."
    } else {
        ""
    };
    match (status, location) {
        (300..=399, Some(location)) => format!(
            "It sends to {location}: give the address that answers itself, as a rule the same with https://.{password}"
        ),
        (300..=399, None) => {
            format!("It sends elsewhere: give the address that answers itself.{password}")
        }
        (429 | 502..=504, _) => "It is busy, or without a leader, and was asked several times: run it again later. What is \
             there already stays as it is."
            .to_owned(),
        (500..=599, _) => "The log of the server says more.".to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_nobody_expected_says_what_to_do_where_that_is_known() {
        let to = Some("https://search.example.com/");
        let moved = answer(301, to, false);
        assert!(moved.contains("It sends to https://search.example.com/: give"));
        assert!(!moved.contains("password") && answer(301, to, true).contains("password"));
        for (status, words) in [
            (302, "sends elsewhere"),
            (503, "again later"),
            (500, "The log"),
        ] {
            assert!(answer(status, None, false).contains(words), "{status}");
        }
        assert_eq!(answer(400, None, false), "");
    }
}
