//! The walker over JSON text, held against `serde_json`: what that accepts, it reads the same, at
//! both levels of escaping.

use serde_json::{Map, Number, Value};
use transform::json::{
    Cursor, Escaped, Level, Malformed, Plain, Value as Span, blank_controls, decode, is_number,
    is_plainly_escaped, unescape_into, write_string, write_truncated,
};

/// Any text.
pub fn walker(data: &[u8]) {
    numbers(data);
    strings(data);
    let Ok(expected) = serde_json::from_slice::<Value>(data) else {
        // What isn't JSON is walked as well, without a promise.
        let _ = Cursor::<Plain>::new(data).value();
        let _ = Cursor::<Escaped>::new(data).value();
        return;
    };
    let mut text = data.to_vec();
    blank_controls(&mut text);
    assert_eq!(read_all::<Plain>(&text), Ok(expected.clone()));
    let mut escaped = Vec::new();
    transform::json::escape(&mut escaped, &text);
    assert!(is_plainly_escaped(&escaped));
    assert_eq!(read_all::<Escaped>(&escaped), Ok(expected));
    skips::<Plain>(&text);
    skips::<Escaped>(&escaped);
}

fn read_all<L: Level>(text: &[u8]) -> Result<Value, Malformed> {
    let mut cursor = Cursor::<L>::new(text);
    let value = read(&mut cursor)?;
    assert!(cursor.at_end(), "something was left");
    Ok(value)
}

/// The value at the cursor, as `serde_json` would have it.
fn read<L: Level>(cursor: &mut Cursor<'_, L>) -> Result<Value, Malformed> {
    match cursor.peek() {
        Some(b'{') => {
            let mut members = Map::new();
            cursor.object(|cursor, key| {
                members.insert(text_of::<L>(key)?, read(cursor)?);
                Ok(())
            })?;
            return Ok(Value::Object(members));
        }
        Some(b'[') => {
            let mut elements = Vec::new();
            cursor.array(|cursor| {
                elements.push(read(cursor)?);
                Ok(())
            })?;
            return Ok(Value::Array(elements));
        }
        _ => {}
    }
    Ok(match cursor.value()? {
        Span::Null => Value::Null,
        Span::Bool(flag) => Value::Bool(flag),
        Span::Number(text) => serde_json::from_slice(text).map_err(|_| Malformed)?,
        Span::String(content) => Value::String(text_of::<L>(content)?),
        Span::Object(_) | Span::Array(_) => unreachable!("their brackets have been seen"),
    })
}

fn text_of<L: Level>(content: &[u8]) -> Result<String, Malformed> {
    String::from_utf8(decode::<L>(content).into_owned()).map_err(|_| Malformed)
}

/// Passing a value without looking into it ends where it ends.
fn skips<L: Level>(text: &[u8]) {
    let mut cursor = Cursor::<L>::new(text);
    assert!(cursor.value().is_ok() && cursor.at_end());
}

fn numbers(data: &[u8]) {
    let number = serde_json::from_slice::<Number>(data);
    if data.trim_ascii() == data && number.is_ok() {
        assert!(is_number(data));
    }
    if let (true, Err(error)) = (is_number(data), number) {
        assert!(error.to_string().contains("out of range"), "{error}");
    }
}

/// Whatever stands between quotes can be written as a string, whole or cut, and read.
fn strings(data: &[u8]) {
    let mut text = String::from_utf8_lossy(data).into_owned().into_bytes();
    blank_controls(&mut text);
    text.push(b'"');
    let Some(length) = Plain::string_length(&text) else {
        return;
    };
    let content = &text[..length];
    let mut out = Vec::new();
    write_string::<Plain>(&mut out, content);
    let Ok(whole) = serde_json::from_slice::<String>(&out) else {
        panic!("{content:?} was not written as a string");
    };
    let mut decoded = Vec::new();
    unescape_into(&mut decoded, content);
    assert_eq!(decoded, whole.as_bytes());
    let limit = usize::from(data.first().copied().unwrap_or_default());
    let mut cut = Vec::new();
    let was_cut = write_truncated::<Plain>(&mut cut, content, limit);
    assert!(cut.len() <= limit.max(out.len() - 2) + 2 && (!was_cut || cut.len() <= limit + 2));
    match serde_json::from_slice::<String>(&cut) {
        Ok(part) => assert!(whole.starts_with(&part) && was_cut == (cut.len() < out.len())),
        Err(error) => panic!("{error}: {content:?} cut at {limit}"),
    }
}
