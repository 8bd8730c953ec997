//! The pieces of a body as one: without a copy if there is one piece, with few copies otherwise.
//!
//! Memory follows what has arrived, not what a client announces.

use bytes::Bytes;

/// What is reserved at once; beyond it, the buffer doubles as it fills.
const FIRST_RESERVE_BYTES: usize = 1024 * 1024;

/// The share and the buffer of a body of unknown length start here.
pub(crate) const UNKNOWN_LENGTH_BYTES: usize = 64 * 1024;

/// What is known of a body before it is read.
pub(crate) struct Expected {
    /// What the client says, which is within the limit.
    pub(crate) length: Option<usize>,
    /// The most that is read.
    pub(crate) limit: usize,
}

/// What has arrived.
pub(crate) enum Gathered {
    Nothing,
    /// Perhaps all of it: not copied unless more comes.
    One(Bytes),
    Many(Vec<u8>),
}

impl Gathered {
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::One(bytes) => bytes.len(),
            Self::Many(bytes) => bytes.len(),
        }
    }

    pub(crate) fn with(self, data: Bytes, expected: &Expected) -> Self {
        let mut all = match self {
            _ if data.is_empty() => return self,
            Self::Nothing => return Self::One(data),
            Self::One(first) => {
                let length = expected.length.unwrap_or(UNKNOWN_LENGTH_BYTES);
                let mut all = Vec::with_capacity(length.min(FIRST_RESERVE_BYTES));
                all.extend_from_slice(&first);
                all
            }
            Self::Many(all) => all,
        };
        let needed = all.len() + data.len();
        if needed > all.capacity() {
            // Doubling keeps copies linear; the known end keeps the last step from reserving in vain.
            let end = expected.length.unwrap_or(expected.limit);
            let wanted = needed.max(all.capacity() * 2).min(end.max(needed));
            all.reserve_exact(wanted - all.len());
        }
        all.extend_from_slice(&data);
        Self::Many(all)
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Nothing => Bytes::new(),
            Self::One(bytes) => bytes,
            Self::Many(bytes) => bytes.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gather(pieces: &[usize], length: Option<usize>) -> (Bytes, usize) {
        let limit = 16 * 1024 * 1024;
        let expected = Expected { length, limit };
        let mut gathered = Gathered::Nothing;
        let mut capacity = 0;
        for piece in pieces {
            gathered = gathered.with(vec![7; *piece].into(), &expected);
            if let Gathered::Many(bytes) = &gathered {
                capacity = bytes.capacity();
            }
        }
        (gathered.into_bytes(), capacity)
    }

    #[test]
    fn one_piece_is_not_copied_and_empty_ones_do_not_count() {
        assert_eq!(gather(&[], None).0.len(), 0);
        let (bytes, capacity) = gather(&[0, 100, 0], Some(100));
        assert_eq!((bytes.len(), capacity), (100, 0));
    }

    #[test]
    fn reserves_what_was_announced_but_not_beyond_what_arrives() {
        let mib = 1024 * 1024;
        assert_eq!(gather(&[10, 90], Some(100)).1, 100);
        assert_eq!(gather(&[10, 10], Some(10 * mib)).1, mib);
        let (bytes, capacity) = gather(&[mib; 10], Some(10 * mib));
        assert_eq!((bytes.len(), capacity), (10 * mib, 10 * mib));
        let (bytes, capacity) = gather(&[10_000; 100], None);
        assert_eq!(bytes.len(), 1_000_000);
        assert!(capacity < 2 * 1_000_000 + UNKNOWN_LENGTH_BYTES);
    }
}
