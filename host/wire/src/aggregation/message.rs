//! The bit of protocol buffers that aggregated records need: fields, one after the other (pure).

/// `AggregatedRecord.partition_key_table`: repeated text.
pub(super) const KEYS: u32 = 1;
/// `AggregatedRecord.explicit_hash_key_table`: repeated text.
pub(super) const HASH_KEYS: u32 = 2;
/// `AggregatedRecord.records`: repeated message.
pub(super) const RECORDS: u32 = 3;
/// `Record.partition_key_index`: required number.
pub(super) const KEY_INDEX: u32 = 1;
/// `Record.explicit_hash_key_index`: optional number.
pub(super) const HASH_KEY_INDEX: u32 = 2;
/// `Record.data`: required bytes.
pub(super) const DATA: u32 = 3;

const VARINT: u8 = 0;
const EIGHT_BYTES: u8 = 1;
const LENGTH: u8 = 2;
const FOUR_BYTES: u8 = 5;

/// The bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// A number of fixed width, which no field that is known here is.
    Fixed,
}

/// The fields of a message; nothing comes after a failure.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn field(&mut self) -> Option<(u32, Value<'a>)> {
        let tag = u32::try_from(self.varint()?).ok()?;
        let number = tag >> 3;
        let value = match (tag & 7) as u8 {
            VARINT => Value::Number(self.varint()?),
            LENGTH => {
                let length = usize::try_from(self.varint()?).ok()?;
                Value::Bytes(self.take(length)?)
            }
            EIGHT_BYTES => self.take(8).map(|_| Value::Fixed)?,
            FOUR_BYTES => self.take(4).map(|_| Value::Fixed)?,
            // Groups, which no producer of this format ever wrote, and what does not exist.
            _ => return None,
        };
        (number > 0).then_some((number, value))
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            // Bits beyond the 64th are lost, as everywhere.
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Value<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field().ok_or(Malformed);
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

/// Appends a field that holds a number.
pub(super) fn put_number(out: &mut Vec<u8>, field: u32, number: u64) {
    put_tag(out, field, VARINT);
    put_varint(out, number);
}

/// Appends a field that holds bytes, text or a message.
pub(super) fn put_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    put_tag(out, field, LENGTH);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn put_tag(out: &mut Vec<u8>, field: u32, kind: u8) {
    put_varint(out, u64::from(field) << 3 | u64::from(kind));
}

fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    #[expect(clippy::cast_possible_truncation, reason = "less than 128")]
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_are_read_and_what_is_none_ends_the_message() {
        fn of(bytes: &[u8]) -> Vec<Result<(u32, Value<'_>), Malformed>> {
            Fields::new(bytes).collect()
        }
        assert_eq!(of(&[0x08, 0x96, 0x01]), [Ok((1, Value::Number(150)))]);
        assert_eq!(of(&[0x12, 2, 7, 8]), [Ok((2, Value::Bytes(&[7, 8])))]);
        assert_eq!(of(&[0x0d, 1, 2, 3, 4]), [Ok((1, Value::Fixed))]);
        let eleven = [&[0x08][..], &[0xff; 10], &[0]].concat();
        for bad in [&[0x08][..], &[0x12, 3, 7], &[0x0b], &[0x00, 1], &[0x0f], &[0x80], &eleven] {
            assert_eq!(of(bad), [Err(Malformed)], "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(field in 1_u32..1 << 29, number: u64, bytes: Vec<u8>) {
            let mut out = Vec::new();
            put_number(&mut out, field, number);
            put_bytes(&mut out, field, &bytes);
            let read: Vec<_> = Fields::new(&out).collect();
            prop_assert_eq!(read, [Ok((field, Value::Number(number))), Ok((field, Value::Bytes(&bytes)))]);
        }
    }
}
