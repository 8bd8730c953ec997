//! How the values of facts are laid out by those who have no layout of their own: a version byte, then fields
//! one after the other, numbers little-endian, texts with their length in two bytes before them.

use bytes::{BufMut, Bytes};

use crate::{Position, Term};

/// The result of reading a stored value; the text is for the operator.
pub type Decoded<T> = Result<T, String>;

/// A value that is being written.
pub struct Writer(Vec<u8>);

impl Writer {
    /// A value of this version.
    pub fn new(version: u8) -> Self {
        Self(vec![version])
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) {
        self.0.put_u8(value);
    }

    /// Four bytes.
    pub fn u32(&mut self, value: u32) {
        self.0.put_u32_le(value);
    }

    /// Eight bytes.
    pub fn u64(&mut self, value: u64) {
        self.0.put_u64_le(value);
    }

    /// A position: its term in four bytes, its offset in eight.
    pub fn position(&mut self, position: Position) {
        self.u32(position.term.0);
        self.u64(position.offset);
    }

    /// Bytes whose number the reader knows.
    pub fn bytes(&mut self, value: &[u8]) {
        self.0.put_slice(value);
    }

    fn length(&mut self, length: usize) {
        let length = u16::try_from(length).expect("what is stored is bounded far below");
        self.0.put_u16_le(length);
    }

    /// A text of at most 65,535 bytes.
    ///
    /// # Panics
    /// If it is longer: whoever stores texts bounds them far below.
    pub fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.put_slice(text.as_bytes());
    }

    /// A text that may be missing: a byte that says so, then the text.
    pub fn optional_text(&mut self, text: Option<&str>) {
        self.u8(text.is_some().into());
        if let Some(text) = text {
            self.text(text);
        }
    }

    /// A number that may be missing: a byte that says so, then the number or 0.
    pub fn optional_u32(&mut self, value: Option<u32>) {
        self.u8(value.is_some().into());
        self.u32(value.unwrap_or(0));
    }

    /// Pairs of texts, with their number in two bytes before them.
    ///
    /// # Panics
    /// As [`Writer::text`].
    pub fn pairs(&mut self, pairs: &[(String, String)]) {
        self.length(pairs.len());
        for (name, value) in pairs {
            self.text(name);
            self.text(value);
        }
    }

    /// The value.
    pub fn finish(self) -> Bytes {
        self.0.into()
    }
}

/// What is still to be read of a value; a read fails if the value does not hold what is asked for.
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// A value of this version.
    pub fn new(version: u8, value: &'a [u8]) -> Decoded<Self> {
        Self::versions(&[version], value).map(|(_, reader)| reader)
    }

    /// A value of one of these versions, and which.
    pub fn versions(known: &[u8], value: &'a [u8]) -> Decoded<(u8, Self)> {
        match value.split_first() {
            Some((found, rest)) if known.contains(found) => Ok((*found, Self(rest))),
            Some((found, _)) => Err(format!("layout {found} is not known")),
            None => Err("value is empty".to_owned()),
        }
    }

    /// So many bytes.
    pub fn take<const N: usize>(&mut self) -> Decoded<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or("value is too short")?;
        self.0 = rest;
        Ok(*bytes)
    }

    /// One byte.
    pub fn u8(&mut self) -> Decoded<u8> {
        self.take().map(u8::from_le_bytes)
    }

    /// Two bytes.
    pub fn u16(&mut self) -> Decoded<u16> {
        self.take().map(u16::from_le_bytes)
    }

    /// Four bytes.
    pub fn u32(&mut self) -> Decoded<u32> {
        self.take().map(u32::from_le_bytes)
    }

    /// Eight bytes.
    pub fn u64(&mut self) -> Decoded<u64> {
        self.take().map(u64::from_le_bytes)
    }

    /// Sixteen bytes.
    pub fn u128(&mut self) -> Decoded<u128> {
        self.take().map(u128::from_le_bytes)
    }

    /// A position.
    pub fn position(&mut self) -> Decoded<Position> {
        Ok(Position { term: Term(self.u32()?), offset: self.u64()? })
    }

    /// So many bytes, when their number was read before them.
    pub fn bytes(&mut self, length: u32) -> Decoded<&'a [u8]> {
        let length = usize::try_from(length).map_err(|error| error.to_string())?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or("value is too short")?;
        self.0 = rest;
        Ok(bytes)
    }

    /// A text.
    pub fn text(&mut self) -> Decoded<String> {
        let length = self.u16()?.into();
        let bytes = self.bytes(length)?;
        String::from_utf8(bytes.to_vec()).map_err(|error| error.to_string())
    }

    /// A text that is the name of something.
    pub fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(&mut self) -> Decoded<T> {
        let text = self.text()?;
        text.parse().map_err(|error| format!("{text:?}: {error}"))
    }

    fn is_there(&mut self) -> Decoded<bool> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(format!("{other} where 0 or 1 was due")),
        }
    }

    /// A text that may be missing.
    pub fn optional_text(&mut self) -> Decoded<Option<String>> {
        self.is_there()?.then(|| self.text()).transpose()
    }

    /// A number that may be missing.
    pub fn optional_u32(&mut self) -> Decoded<Option<u32>> {
        let there = self.is_there()?;
        let value = self.u32()?;
        Ok(there.then_some(value))
    }

    /// Pairs of texts.
    pub fn pairs(&mut self) -> Decoded<Vec<(String, String)>> {
        let count = self.u16()?;
        // Grows as they come: a length is believed only as far as there are bytes.
        let mut pairs = Vec::new();
        for _ in 0..count {
            pairs.push((self.text()?, self.text()?));
        }
        Ok(pairs)
    }

    /// All that is left.
    pub fn all(self) -> &'a [u8] {
        self.0
    }

    /// All that is left, as text.
    pub fn rest(self) -> Decoded<String> {
        String::from_utf8(self.0.to_vec()).map_err(|error| error.to_string())
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Ends reading; fails if anything is left.
    pub fn end(self) -> Decoded<()> {
        match self.0.len() {
            0 => Ok(()),
            left => Err(format!("{left} bytes too many")),
        }
    }
}
