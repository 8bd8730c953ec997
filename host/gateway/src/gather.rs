//! The pieces of a body as one: without a copy if there is one piece, with few copies otherwise.
//!
//! Memory follows what has arrived, not what a client announces.

use bytes::Bytes;

/// What is known of a body before it is read.
pub(crate) struct Expected {
    /// What the client says, which is within the limit.
    pub(crate) length: Option<usize>,
    /// The most that is read.
    pub(crate) limit: usize,
}

impl Expected {
    /// As many bytes as may come.
    pub(crate) fn end(&self) -> usize {
        self.length.unwrap_or(self.limit)
    }
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

    /// With one more piece. If a buffer has to be made or to grow, it gets `room`, which is what the body may
    /// hold at present; that it doubles keeps copies linear.
    pub(crate) fn with(self, data: Bytes, room: usize) -> Self {
        let mut all = match self {
            _ if data.is_empty() => return self,
            Self::Nothing => return Self::One(data),
            Self::One(first) => {
                let mut all = Vec::with_capacity(room.max(first.len() + data.len()));
                all.extend_from_slice(&first);
                all
            }
            Self::Many(all) => all,
        };
        let needed = all.len() + data.len();
        if needed > all.capacity() {
            all.reserve_exact(room.max(needed) - all.len());
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

    fn gather(pieces: &[usize], room: usize) -> (Bytes, usize) {
        let mut gathered = Gathered::Nothing;
        let mut capacity = 0;
        for piece in pieces {
            gathered = gathered.with(vec![7; *piece].into(), room);
            if let Gathered::Many(bytes) = &gathered {
                capacity = bytes.capacity();
            }
        }
        (gathered.into_bytes(), capacity)
    }

    #[test]
    fn one_piece_is_not_copied_and_empty_ones_do_not_count() {
        assert_eq!(gather(&[], 100).0.len(), 0);
        let (bytes, capacity) = gather(&[0, 100, 0], 100);
        assert_eq!((bytes.len(), capacity), (100, 0));
    }

    #[test]
    fn the_buffer_has_the_room_it_may_have() {
        let (bytes, capacity) = gather(&[10, 90], 1000);
        assert_eq!((bytes.len(), capacity), (100, 1000));
        let (bytes, capacity) = gather(&[10, 90, 1], 50);
        assert_eq!((bytes.len(), capacity), (101, 101));
    }
}
