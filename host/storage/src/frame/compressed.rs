//! Bodies of frames that are stored compressed: one block each, which opens to what the header says or is damaged.
//!
//! A body is compressed as a whole, before it is sealed, and only if that makes it smaller by a sixteenth: a reader looks
//! at the codec of each frame. How long it was stands in the header, so that memory for it is bounded before it is taken, by
//! [`PLAIN_BYTES_MAX`] and by what so many bytes can open to at most.

use lz4_flex::block;

use super::{Frame, Header};

/// How the body of a frame is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Codec {
    /// As it is.
    #[default]
    None,
    /// As one block of LZ4.
    Lz4,
}

/// A longer body is not compressed: more than the largest record with its key, and what a reader may be made to take
/// for one frame.
pub(super) const PLAIN_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What a block has to save, in parts of the body: less is not worth what readers do for it, and a body that stands twice
/// in memory. Of records that are noise, LZ4 saves some zeros in their headers.
const SAVED_PART: usize = 16;
/// A byte of a block of LZ4 stands for at most so many: one more byte of a length.
const LZ4_RATIO_MAX: usize = 255;

impl Codec {
    /// As the header says it.
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Lz4 => 1,
        }
    }

    pub(super) const fn of_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::None),
            1 => Some(Self::Lz4),
            _ => None,
        }
    }

    /// The compressed form of `body`, written to the beginning of `room`; `None` if it is not much smaller.
    pub(super) fn compress<'r>(self, body: &[u8], room: &'r mut Vec<u8>) -> Option<&'r [u8]> {
        match self {
            Self::Lz4 if body.len() <= PLAIN_BYTES_MAX => {
                let most = block::get_maximum_output_size(body.len());
                if room.len() < most {
                    room.resize(most, 0);
                }
                let bytes = block::compress_into(body, room).ok()?;
                let most = body.len() - body.len().div_ceil(SAVED_PART);
                if bytes <= most { room.get(..bytes) } else { None }
            }
            Self::None | Self::Lz4 => None,
        }
    }

    /// What `stored` was made of, if that had exactly `bytes` bytes.
    fn decompress(self, stored: &[u8], bytes: usize) -> Option<Vec<u8>> {
        match self {
            Self::None => None,
            Self::Lz4 => {
                let may_be = stored.len() < bytes
                    && bytes <= PLAIN_BYTES_MAX
                    && bytes <= stored.len().saturating_mul(LZ4_RATIO_MAX);
                if !may_be {
                    return None;
                }
                let mut body = vec![0; bytes];
                let found = block::decompress_into(stored, &mut body).ok()?;
                (found == bytes).then_some(body)
            }
        }
    }
}

impl Header {
    /// The body of a compressed frame as it was, from what is `stored`; `None` if that cannot be.
    pub(super) fn plain(&self, stored: &[u8]) -> Option<Vec<u8>> {
        self.codec.decompress(stored, usize::try_from(self.body_bytes).ok()?)
    }

    /// Whether a body of this header can take so many bytes on the disk.
    pub(super) fn takes(&self, stored: usize) -> bool {
        let bytes = self.body_bytes as usize;
        match self.codec {
            Codec::None => stored == bytes,
            Codec::Lz4 => stored < bytes && bytes <= PLAIN_BYTES_MAX,
        }
    }
}

impl Frame {
    /// How its body is stored.
    pub fn codec(&self) -> Codec {
        self.header().codec
    }

    /// The bytes that it would have if it were not compressed: what its records weigh, wherever that is counted.
    pub fn plain_bytes(&self) -> usize {
        self.bytes().len() - self.stored_body().len() + self.header().body_bytes as usize
    }
}

#[cfg(test)]
mod tests;
