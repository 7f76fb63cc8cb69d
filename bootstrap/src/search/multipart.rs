//! A form with one file: what the import of saved objects takes (RFC 7578).

/// The type and the body of a form whose field `file` is a file of this name; `boundary` stands nowhere
/// in its text.
pub fn form(name: &str, text: &str) -> (String, Vec<u8>) {
    let boundary = boundary(text);
    let body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/ndjson\r\n\r\n{text}\r\n--{boundary}--\r\n"
    );
    (
        format!("multipart/form-data; boundary={boundary}"),
        body.into_bytes(),
    )
}

fn boundary(text: &str) -> String {
    let candidates = (0_u32..).map(|number| format!("tributary-saved-objects-{number}"));
    let mut free = candidates.filter(|candidate| !text.contains(candidate.as_str()));
    // Endless: a text has only so many words.
    free.next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundary_is_nothing_that_the_file_contains() {
        let (kind, body) = form("a.ndjson", "{\"id\":\"tributary-saved-objects-0\"}");
        let boundary = kind.split("boundary=").nth(1).unwrap();
        assert_eq!(boundary, "tributary-saved-objects-1");
        let body = String::from_utf8(body).unwrap();
        assert!(body.starts_with(
            "--tributary-saved-objects-1\r\nContent-Disposition: form-data; name=\"file\""
        ));
        assert!(body.ends_with("\r\n--tributary-saved-objects-1--\r\n"));
    }
}
