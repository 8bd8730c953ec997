//! Bodies that come compressed. What they become is bounded as if it had come as it is, by the operation's limit and
//! by the budget, and grows with what was really in them.

use std::io::Read;

use bytes::Bytes;
use flate2::bufread::GzDecoder;

use crate::body::BodyError;
use crate::share::Share;

/// So much is taken out before others get their turn: about 0.1 ms.
const PIECE_BYTES: usize = 32 * 1024;

/// What is in `packed`: at most `limit` bytes, for which `share` grows.
pub(crate) async fn gunzip(
    packed: Bytes,
    limit: usize,
    share: &mut Share,
) -> Result<Bytes, BodyError> {
    let mut decoder = GzDecoder::new(&packed[..]);
    let mut piece = vec![0; PIECE_BYTES];
    let mut plain = Vec::new();
    loop {
        let count = decoder.read(&mut piece).map_err(BodyError::NoGzip)?;
        if count == 0 {
            break;
        }
        let length = plain.len() + count;
        if length > limit {
            return Err(BodyError::TooLarge { limit });
        }
        share.follow(packed.len() + length, packed.len() + limit).await?;
        plain.extend_from_slice(&piece[..count]);
        tokio::task::yield_now().await;
    }
    if !decoder.into_inner().is_empty() {
        let trailing = std::io::Error::other("bytes follow the end");
        return Err(BodyError::NoGzip(trailing));
    }
    Ok(plain.into())
}
