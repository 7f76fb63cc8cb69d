//! The walker: hands out borrowed spans and skips what nobody asked for.

use std::marker::PhantomData;

use super::blocks::length_and_escapes;
use super::{Level, Plain};

/// The text isn't JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is not valid JSON")]
pub struct Malformed;

/// A JSON value as a span of its text.
///
/// Strings are without their quotes, objects and arrays with their brackets; all are still in the
/// escaping of the level that they were read at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number's text, valid by JSON's grammar.
    Number(&'a [u8]),
    /// A string's content.
    String(&'a [u8]),
    /// An object's text; its inside has only been skipped, not checked.
    Object(&'a [u8]),
    /// An array's text; its inside has only been skipped, not checked.
    Array(&'a [u8]),
}

impl<'a> Value<'a> {
    /// What the text of a valid value of level `L` is.
    ///
    /// A text is two registers, what it is goes through memory: it is told where it is asked for.
    #[expect(clippy::inline_always, reason = "it is for not going through memory")]
    #[inline(always)]
    #[must_use]
    pub fn of<L: Level>(text: &'a [u8]) -> Self {
        let quote = L::QUOTE.len();
        match text.first() {
            Some(b'{') => Self::Object(text),
            Some(b'[') => Self::Array(text),
            Some(b'n') => Self::Null,
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(first) if *first == L::QUOTE[0] => {
                Self::String(text.get(quote..text.len() - quote).unwrap_or_default())
            }
            _ => Self::Number(text),
        }
    }
}

impl<'a> Cursor<'a, Plain> {
    /// [`string`](Self::string), and whether the only escapes in it are `\"` and `\\`
    /// (see [`is_plainly_escaped`](super::is_plainly_escaped)), in one pass.
    ///
    /// # Errors
    /// As there.
    pub fn string_and_escapes(&mut self) -> Result<(&'a [u8], bool), Malformed> {
        self.peek();
        let content = self.text[self.at..]
            .strip_prefix(Plain::QUOTE)
            .ok_or(Malformed)?;
        let (length, plainly) = length_and_escapes(content).ok_or(Malformed)?;
        self.at += length + 2 * Plain::QUOTE.len();
        Ok((&content[..length], plainly))
    }
}

/// A place in JSON text of level `L`.
#[derive(Debug, Clone)]
pub struct Cursor<'a, L> {
    text: &'a [u8],
    at: usize,
    level: PhantomData<L>,
}

impl<'a, L: Level> Cursor<'a, L> {
    /// Starts at the beginning of `text`.
    #[must_use]
    pub fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            at: 0,
            level: PhantomData,
        }
    }

    /// Bytes from the beginning of the text.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// The text from `start` to here.
    #[must_use]
    pub fn since(&self, start: usize) -> &'a [u8] {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Skips white space and returns the byte that follows it, without passing it.
    pub fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.get(self.at)?;
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// Whether only white space follows.
    pub fn at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    /// Passes `byte` after white space.
    ///
    /// # Errors
    /// [`Malformed`] where something else stands there.
    pub fn expect(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(Malformed)
        }
    }

    /// Passes a string and returns its content.
    ///
    /// # Errors
    /// [`Malformed`] where no string stands there or it isn't closed.
    pub fn string(&mut self) -> Result<&'a [u8], Malformed> {
        self.peek();
        let rest = &self.text[self.at..];
        let content = rest.strip_prefix(L::QUOTE).ok_or(Malformed)?;
        let length = L::string_length(content).ok_or(Malformed)?;
        self.at += length + 2 * L::QUOTE.len();
        Ok(&content[..length])
    }

    /// Passes any value and returns what it is.
    ///
    /// # Errors
    /// [`Malformed`] where no value stands there.
    #[inline]
    pub fn value(&mut self) -> Result<Value<'a>, Malformed> {
        self.text().map(Value::of::<L>)
    }

    /// Passes any value and returns its text, for [`Value::of`].
    ///
    /// # Errors
    /// [`Malformed`] where no value stands there.
    pub fn text(&mut self) -> Result<&'a [u8], Malformed> {
        let first = self.peek().ok_or(Malformed)?;
        let start = self.at;
        match first {
            b'{' | b'[' => self.skip_container()?,
            byte if byte == L::QUOTE[0] => drop(self.string()?),
            _ => self.bare()?,
        }
        Ok(&self.text[start..self.at])
    }

    /// Enters an object and calls `member` with each key, standing at the key's value, which
    /// `member` must pass.
    ///
    /// # Errors
    /// [`Malformed`] where no object stands there, and whatever `member` returns.
    pub fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &'a [u8]) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        self.expect(b'{')?;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            let key = self.string()?;
            self.expect(b':')?;
            member(self, key)?;
            if self.another(b'}')? {
                return Ok(());
            }
        }
    }

    /// Enters an array and calls `element` standing at each element, which it must pass.
    ///
    /// # Errors
    /// [`Malformed`] where no array stands there, and whatever `element` returns.
    pub fn array(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        self.expect(b'[')?;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            element(self)?;
            if self.another(b']')? {
                return Ok(());
            }
        }
    }

    /// After a member: passes the comma (`false`) or the closing bracket (`true`).
    fn another(&mut self, close: u8) -> Result<bool, Malformed> {
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(false)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(Malformed),
        }
    }

    fn skip_container(&mut self) -> Result<(), Malformed> {
        let mut depth = 0_usize;
        loop {
            let byte = *self.text.get(self.at).ok_or(Malformed)?;
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        self.at += 1;
                        return Ok(());
                    }
                }
                _ if byte == L::QUOTE[0] => {
                    self.string()?;
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn bare(&mut self) -> Result<(), Malformed> {
        let rest = &self.text[self.at..];
        let length = rest
            .iter()
            .position(|byte| !matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'-' | b'.'))
            .unwrap_or(rest.len());
        let word = &rest[..length];
        if !matches!(word, b"null" | b"true" | b"false") && !super::is_number(word) {
            return Err(Malformed);
        }
        self.at += length;
        Ok(())
    }
}
