//! The address of a cluster, or of its Dashboards.

use super::SearchError;

/// An address without a slash at its end: scheme, host, port, and a path where the server is behind one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
    host: String,
}

impl Endpoint {
    /// Takes an address as a user types it.
    ///
    /// # Errors
    /// When it is none, or holds a password, which other users of the machine could read.
    pub fn parse(text: &str) -> Result<Self, SearchError> {
        let wrong = |reason| SearchError::Address {
            // Never repeats a password.
            url: text.rsplit('@').next().unwrap_or(text).to_owned(),
            reason,
        };
        let url = text.trim_end_matches('/');
        let rest = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"))
            .ok_or_else(|| wrong("it has to begin with https:// or http://"))?;
        let authority = rest.split('/').next().unwrap_or(rest);
        if authority.contains('@') {
            return Err(wrong(
                "a password doesn't belong on the command line: use --user NAME, and the password from \
                 TRIBUTARY_SEARCH_PASSWORD or --password-file",
            ));
        }
        if rest.contains(['?', '#', ' ']) {
            return Err(wrong("it has to end with the host, the port or a path"));
        }
        let host = host(authority);
        if host.is_empty() {
            return Err(wrong("it names no host"));
        }
        Ok(Self {
            url: url.to_owned(),
            host: host.to_ascii_lowercase(),
        })
    }

    /// The address, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The host, in small letters, without its port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether others could read a password on its way.
    pub fn is_readable_by_others(&self) -> bool {
        let loopback =
            self.host == "localhost" || self.host == "[::1]" || self.host.starts_with("127.");
        self.url.starts_with("http://") && !loopback
    }
}

/// The host of `host:port` or `[address]:port`.
fn host(authority: &str) -> &str {
    match authority.find(']') {
        Some(end) => &authority[..=end],
        None => authority.split(':').next().unwrap_or(authority),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_port_and_path_and_loses_its_last_slash() {
        for (text, url, host) in [
            (
                "https://Search.example.com/",
                "https://Search.example.com",
                "search.example.com",
            ),
            (
                "http://127.0.0.1:9200",
                "http://127.0.0.1:9200",
                "127.0.0.1",
            ),
            ("http://[::1]:9200/es//", "http://[::1]:9200/es", "[::1]"),
        ] {
            let endpoint = Endpoint::parse(text).unwrap();
            assert_eq!((endpoint.url(), endpoint.host()), (url, host));
        }
    }

    #[test]
    fn a_password_in_the_address_is_refused_and_not_repeated() {
        let error = Endpoint::parse("https://admin:secret@search.example.com").unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("--user") && !text.contains("secret"),
            "{text}"
        );
        for wrong in [
            "search.example.com",
            "https://",
            "https://h/?a=b",
            "ftp://h",
        ] {
            assert!(Endpoint::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_plain_http_beyond_this_machine_is_readable_by_others() {
        for (text, readable) in [
            ("http://search.example.com", true),
            ("https://search.example.com", false),
            ("http://127.0.0.1:9200", false),
            ("http://[::1]:9200", false),
        ] {
            assert_eq!(
                Endpoint::parse(text).unwrap().is_readable_by_others(),
                readable,
                "{text}"
            );
        }
    }
}
