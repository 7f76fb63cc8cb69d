//! What a server answers, and its words of why not.

use serde_json::Value;

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Where it sends to.
    pub(super) location: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The body as JSON, or as a text where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| self.text().into())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Why, in the server's words, and in one line.
    pub fn said(&self) -> String {
        let json = self.json();
        let reasons = [
            "/error/root_cause/0/reason",
            "/error/reason",
            "/message",
            "/Message",
            "/error",
        ];
        let reason = reasons
            .iter()
            .find_map(|at| json.pointer(at)?.as_str().map(str::to_owned));
        let text = reason.unwrap_or_else(|| self.text());
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match text.char_indices().nth(400) {
            _ if text.is_empty() => "(no words)".to_owned(),
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
}
