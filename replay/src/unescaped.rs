//! Error records of HTTP endpoints as the guide shows one: the endpoint's answer, which is JSON itself,
//! stands in `errorMessage` with its quotation marks as they are, so that the line is no JSON.
//!
//! "Handle data delivery failures", HTTP endpoint destination, in the Amazon Data Firehose Developer Guide.
//! Whether Firehose writes it so, or only the guide does, isn't known: both forms are read.

/// What the error codes of that destination begin with.
const CODE: &str = "HttpEndpoint.";

/// The text of `rawData` and of `errorCode` in a line that is no JSON; nothing where it isn't such a record.
///
/// What an endpoint wrote stands before `rawData`, so the last `rawData` is the record's own, and before
/// it stands `errorCode`, so the first is.
pub fn raw_data_and_code(line: &[u8]) -> Option<(&str, &str)> {
    let line = std::str::from_utf8(line).ok()?;
    let code = text(line, line.find("\"errorCode\"")?)?;
    let data = text(line, line.rfind("\"rawData\"")?)?;
    code.starts_with(CODE).then_some((data, code))
}

/// The text that belongs to the key at `at`.
fn text(line: &str, at: usize) -> Option<&str> {
    let (_, rest) = line[at + 1..].split_once('"')?;
    let rest = rest.trim_start().strip_prefix(':')?;
    let rest = rest.trim_start().strip_prefix('"')?;
    Some(rest.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The guide's example, on one line.
    const GUIDE: &str = r#"{"attemptsMade":5,"arrivalTimestamp":1594265943615,"errorCode":"HttpEndpoint.DestinationException","errorMessage":"Received the following response from the endpoint destination. {"requestId": "109777ac-8f9b-4082-8e8d-b4f12b5fc17b", "timestamp": 1594266081268, "errorMessage": "Unauthorized"}", "attemptEndingTimestamp":1594266081318,"rawData":"c2FtcGxlIHJhdyBkYXRh","subsequenceNumber":0,"dataId":"49607357361271740811418664280693044274821622880012337186.0"}"#;

    #[test]
    fn the_guide_s_own_example_is_read() {
        let read = raw_data_and_code(GUIDE.as_bytes());
        let code = "HttpEndpoint.DestinationException";
        assert_eq!(read, Some(("c2FtcGxlIHJhdyBkYXRh", code)));
    }

    #[test]
    fn an_endpoint_s_words_are_not_taken_for_the_record() {
        let line = GUIDE.replace(
            "Unauthorized",
            r#"x", "rawData": "ZmFrZQ==", "errorCode": "x"#,
        );
        let read = raw_data_and_code(line.as_bytes()).unwrap();
        assert_eq!(read.0, "c2FtcGxlIHJhdyBkYXRh");
        assert!(read.1.starts_with(CODE));
    }

    #[test]
    fn what_is_no_such_record_is_not_read() {
        let other = GUIDE.replace(CODE, "Lambda.");
        for line in ["", "hello", r#"{"errorCode":"HttpEndpoint.x"}"#, &other] {
            assert_eq!(raw_data_and_code(line.as_bytes()), None, "{line}");
        }
    }
}
