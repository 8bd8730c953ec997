//! Reading a stored value from its front to its end.

use super::{Decoded, VERSION};

/// What is left of a value.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// A value of a kind that has one version.
    pub(super) fn versioned(value: &'a [u8]) -> Decoded<Self> {
        Self::versions(value, &[VERSION]).map(|(_, reader)| reader)
    }

    /// A value whose version is one of those that are known, and which.
    pub(super) fn versions(value: &'a [u8], known: &[u8]) -> Decoded<(u8, Self)> {
        match value.split_first() {
            Some((version, rest)) if known.contains(version) => Ok((*version, Self(rest))),
            Some((version, _)) => Err(format!("layout {version} is not known")),
            None => Err("value is empty".to_owned()),
        }
    }

    fn take<const N: usize>(&mut self) -> Decoded<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or("value is too short")?;
        self.0 = rest;
        Ok(*bytes)
    }

    pub(super) fn u8(&mut self) -> Decoded<u8> {
        self.take().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Decoded<u16> {
        self.take().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Decoded<u32> {
        self.take().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Decoded<u64> {
        self.take().map(u64::from_le_bytes)
    }

    pub(super) fn u128(&mut self) -> Decoded<u128> {
        self.take().map(u128::from_le_bytes)
    }

    pub(super) fn text(&mut self) -> Decoded<String> {
        let length = self.u16()?.into();
        let (bytes, rest) = self.0.split_at_checked(length).ok_or("text is too short")?;
        self.0 = rest;
        String::from_utf8(bytes.to_vec()).map_err(|error| error.to_string())
    }

    /// So many bytes.
    pub(super) fn bytes(&mut self, length: u32) -> Decoded<&'a [u8]> {
        let length = usize::try_from(length).map_err(|error| error.to_string())?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or("section is too short")?;
        self.0 = rest;
        Ok(bytes)
    }

    /// Nothing may be left.
    pub(super) fn end(self) -> Decoded<()> {
        match self.0.len() {
            0 => Ok(()),
            left => Err(format!("{left} bytes too many")),
        }
    }
}
