//! Finished documents: what this function has written, put back to the source, and reads again.

use serde::de::IgnoredAny;

/// Recognises a finished document, and returns its one line without a line end: valid JSON that begins
/// as all documents of this function begin, with `@timestamp` and then `tributary.document_id`.
///
/// Nothing else that may stand in a log stream begins so, and CloudWatch Logs sends gzip only.
#[must_use]
pub fn recognise(data: &[u8]) -> Option<&[u8]> {
    let line = data.strip_suffix(b"\n").unwrap_or(data);
    document_id(line)?;
    let text = simdutf8::basic::from_utf8(line).ok()?;
    let one_line = memchr::memchr2(b'\n', b'\r', line).is_none();
    let valid = one_line && serde_json::from_str::<IgnoredAny>(text).is_ok();
    valid.then_some(line)
}

/// Recognises lines that are finished documents, each of them: what an object of the archive holds,
/// and what Firehose keeps of an answer that it could not deliver. Nothing where a single line is
/// something else; blank lines aren't counted.
#[must_use]
pub fn recognise_lines(text: &[u8]) -> Option<Vec<&[u8]>> {
    document_id(text)?;
    text.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(recognise)
        .collect()
}

/// The id of a document that this function has written, as it stands between the quotes.
#[must_use]
pub fn document_id(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(br#"{"@timestamp":""#)?;
    let (_, rest) = rest.split_at(memchr::memchr(b'"', rest)?);
    let rest = rest.strip_prefix(br#"","tributary":{"document_id":""#)?;
    let end = memchr::memchr(b'"', rest)?;
    (end > 0).then_some(&rest[..end])
}
