//! Copies free-form objects so that any index takes them: nothing null or empty, no key twice, not
//! too deep, no value above Lucene's limit for a term.

use std::marker::PhantomData;

use memchr::memchr2;

use super::convert::write_as_text;
use super::keys::Keys;
use crate::json::{Cursor, Level, Malformed, Value, decode, write_string, write_truncated};

/// Lucene's limit for a term is 32,766 bytes (`IndexWriter.MAX_TERM_LENGTH`). A flattened field's
/// terms are `field.path=value`; this is left for path and value.
const TERM_BYTES: usize = 32_600;
/// Levels of objects below the flattened one; Elasticsearch's `flattened` takes 20. Deeper ones are
/// kept as JSON text.
const DEPTH: usize = 16;
/// Keys longer than this leave their values no room.
const PATH_BYTES: usize = TERM_BYTES / 2;
/// Digits of a number that every JSON reader takes; longer ones, and those that no double holds, are
/// kept as text.
const NUMBER_BYTES: usize = 18;

/// Copies values of level `L` to a buffer.
pub struct Flattener<'o, L> {
    out: &'o mut Vec<u8>,
    keys: &'o mut Keys,
    /// Whether a value was cut or left out.
    pub incomplete: bool,
    level: PhantomData<L>,
}

impl<'o, L: Level> Flattener<'o, L> {
    /// Appends to `out`; uses `keys` to tell the keys of objects apart.
    pub fn new(out: &'o mut Vec<u8>, keys: &'o mut Keys) -> Self {
        Self {
            out,
            keys,
            incomplete: false,
            level: PhantomData,
        }
    }

    /// Copies the value at the cursor as an object; what is no object becomes `{"value": …}`. Shows
    /// `watch` each key of the object, and the place of its value. Returns whether there was anything
    /// to copy.
    ///
    /// # Errors
    /// [`Malformed`] where the value isn't valid JSON.
    pub fn object<'c>(
        &mut self,
        cursor: &mut Cursor<'c, L>,
        watch: impl FnMut(&'c [u8], &Cursor<'c, L>),
    ) -> Result<bool, Malformed> {
        if cursor.peek() == Some(b'{') {
            return self.members(cursor, (0, 0), watch);
        }
        let start = self.out.len();
        self.out.extend_from_slice(b"{\"value\":");
        let written = self.value(cursor, 5, 0)?;
        if written {
            self.out.push(b'}');
        } else {
            self.out.truncate(start);
        }
        Ok(written)
    }

    /// Appends `"key":value,` for the value at the cursor, unless it is empty.
    ///
    /// # Errors
    /// [`Malformed`] where the value isn't valid JSON; nothing is appended then.
    pub fn member(&mut self, key: &[u8], cursor: &mut Cursor<'_, L>) -> Result<(), Malformed> {
        let start = self.out.len();
        let appended = self.member_at(key, cursor, key.len(), 0);
        if appended.is_err() {
            self.out.truncate(start);
        }
        appended
    }

    /// [`member`](Self::member), below `path` bytes of keys with its own.
    fn member_at(
        &mut self,
        key: &[u8],
        cursor: &mut Cursor<'_, L>,
        path: usize,
        depth: usize,
    ) -> Result<(), Malformed> {
        if path > PATH_BYTES {
            self.incomplete = true;
            return cursor.value().map(|_| ());
        }
        let start = self.out.len();
        write_string::<L>(self.out, key);
        self.out.push(b':');
        if self.value(cursor, path, depth)? {
            self.out.push(b',');
        } else {
            self.out.truncate(start);
        }
        Ok(())
    }

    /// Copies a value below `path` bytes of keys. Returns whether there was anything to copy.
    fn value(
        &mut self,
        cursor: &mut Cursor<'_, L>,
        path: usize,
        depth: usize,
    ) -> Result<bool, Malformed> {
        match cursor.peek() {
            Some(b'{') if depth < DEPTH => return self.members(cursor, (path, depth), |_, _| {}),
            Some(b'[') if depth < DEPTH => return self.elements(cursor, path, depth),
            _ => {}
        }
        let text = cursor.text()?;
        match Value::of::<L>(text) {
            Value::Null | Value::String(b"") => return Ok(false),
            Value::Bool(flag) => self
                .out
                .extend_from_slice(if flag { b"true" } else { b"false" }),
            Value::Number(text) if is_common(text) => self.out.extend_from_slice(text),
            Value::Number(text) => self.text(text, path),
            Value::String(content) => self.text(content, path),
            Value::Object(text) | Value::Array(text) => self.too_deep(text, path),
        }
        Ok(true)
    }

    fn text(&mut self, content: &[u8], path: usize) {
        let limit = TERM_BYTES.saturating_sub(path);
        // An escape is never shorter than what it stands for, so what fits escaped fits.
        if content.len() <= limit {
            write_string::<L>(self.out, content);
        } else {
            self.incomplete |= write_truncated::<L>(self.out, content, limit);
        }
    }

    fn too_deep(&mut self, text: &[u8], path: usize) {
        let start = self.out.len();
        write_as_text::<L>(self.out, text);
        if self.out.len() - start > TERM_BYTES.saturating_sub(path) {
            self.out.truncate(start);
            self.out
                .extend_from_slice(b"\"(nested too deeply, see event.original)\"");
            self.incomplete = true;
        }
    }

    fn members<'c>(
        &mut self,
        cursor: &mut Cursor<'c, L>,
        (path, depth): (usize, usize),
        mut watch: impl FnMut(&'c [u8], &Cursor<'c, L>),
    ) -> Result<bool, Malformed> {
        let start = self.out.len();
        let object = self.keys.open();
        self.out.push(b'{');
        cursor.object(|cursor, key| {
            watch(key, cursor);
            // An empty key can be neither mapped nor searched.
            let key: &[u8] = if key.is_empty() { b"_" } else { key };
            // The same key may be escaped in several ways.
            if self.keys.is_new(object, &decode::<L>(key)) {
                self.member_at(key, cursor, path + 1 + key.len(), depth + 1)
            } else {
                self.incomplete = true;
                cursor.value().map(|_| ())
            }
        })?;
        self.keys.close(object);
        Ok(self.close(start, b'}'))
    }

    fn elements(
        &mut self,
        cursor: &mut Cursor<'_, L>,
        path: usize,
        depth: usize,
    ) -> Result<bool, Malformed> {
        let start = self.out.len();
        self.out.push(b'[');
        cursor.array(|cursor| {
            if self.value(cursor, path, depth + 1)? {
                self.out.push(b',');
            }
            Ok(())
        })?;
        Ok(self.close(start, b']'))
    }

    /// Closes a container, or takes it back where it is empty.
    fn close(&mut self, start: usize, bracket: u8) -> bool {
        if self.out.len() == start + 1 {
            self.out.truncate(start);
            return false;
        }
        self.out.pop();
        self.out.push(bracket);
        true
    }
}

/// Whether every JSON reader takes a number: a search index would store `1e999` as infinity.
fn is_common(number: &[u8]) -> bool {
    let finite = || {
        std::str::from_utf8(number)
            .ok()
            .and_then(|text| text.parse::<f64>().ok())
            .is_some_and(f64::is_finite)
    };
    number.len() <= NUMBER_BYTES && (memchr2(b'e', b'E', number).is_none() || finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Plain;

    fn copied(text: &str) -> (String, bool) {
        let (mut out, mut keys) = (Vec::new(), Keys::default());
        let mut flattener = Flattener::<Plain>::new(&mut out, &mut keys);
        flattener
            .object(&mut Cursor::new(text.as_bytes()), |_, _| {})
            .unwrap();
        let incomplete = flattener.incomplete;
        (String::from_utf8(out).unwrap(), incomplete)
    }

    #[test]
    fn nulls_and_empty_values_are_left_out_at_every_depth() {
        let (text, incomplete) =
            copied(r#"{"a":null,"b":{"c":"","d":[null,{}]},"e":[1,null,"x"],"f":false}"#);
        assert_eq!(text, r#"{"e":[1,"x"],"f":false}"#);
        assert!(!incomplete);
        assert_eq!(copied("{}").0, "");
    }

    #[test]
    fn what_is_no_object_becomes_one() {
        assert_eq!(copied(r#""HIDDEN""#).0, r#"{"value":"HIDDEN"}"#);
        assert_eq!(copied("[1,2]").0, r#"{"value":[1,2]}"#);
        assert_eq!(copied("null").0, "");
    }

    #[test]
    fn a_key_twice_is_written_once_and_the_document_marked() {
        assert_eq!(
            copied(r#"{"a":1,"b":2,"a":3}"#),
            (r#"{"a":1,"b":2}"#.to_owned(), true)
        );
    }

    #[test]
    fn values_stay_below_the_limit_of_a_term_in_bytes() {
        let long = "é".repeat(20_000);
        let (text, incomplete) = copied(&format!(r#"{{"key":"{long}"}}"#));
        assert!(incomplete);
        assert!(text.len() < 32_766);
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }

    #[test]
    fn deep_objects_become_json_text() {
        let text = format!("{}1{}", r#"{"a":"#.repeat(30), "}".repeat(30));
        let (copy, incomplete) = copied(&text);
        assert!(!incomplete);
        let parsed: serde_json::Value = serde_json::from_str(&copy).unwrap();
        let deepest = (0..16).fold(&parsed, |value, _| &value["a"]);
        assert!(deepest.as_str().unwrap().starts_with(r#"{"a":{"a":"#));
    }
}
