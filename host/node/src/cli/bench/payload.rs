//! What the records of a load hold. Random bytes are what no layer can make smaller; events look like what services send,
//! and compress about as well.

use std::fmt::Write as _;

use bytes::Bytes;
use clap::ValueEnum;
use serde::Serialize;
use stdx::Entropy;

use crate::client::PutRecord;

/// A kind of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "camelCase")]
pub(super) enum Payload {
    /// Random bytes
    Random,
    /// JSON, of which the names repeat and the values do not
    Events,
}

impl Payload {
    /// What is used if nobody says.
    pub(super) fn usual(compressed: bool) -> Self {
        if compressed { Self::Events } else { Self::Random }
    }

    /// A record of so many bytes of data, with a random key.
    pub(super) fn record(self, record_bytes: usize, entropy: &dyn Entropy) -> PutRecord {
        let key = format!("{:016x}", number(entropy));
        let data = match self {
            Self::Random => {
                let mut data = vec![0; record_bytes];
                entropy.fill(&mut data);
                data
            }
            Self::Events => events(record_bytes, entropy),
        };
        PutRecord::new(key, Bytes::from(data))
    }
}

/// Events, one behind the other, cut to the length.
fn events(bytes: usize, entropy: &dyn Entropy) -> Vec<u8> {
    const PAGES: [&str; 4] = ["/", "/products", "/products/search", "/checkout/payment"];
    const KINDS: [&str; 4] = ["view", "click", "scroll", "purchase"];
    let mut text = String::with_capacity(bytes + 512);
    while text.len() < bytes {
        let (user, session) = (number(entropy), number(entropy));
        let [page, kind, units, cents, rest @ ..] = number(entropy).to_le_bytes();
        let page = PAGES[usize::from(page % 4)];
        let kind = KINDS[usize::from(kind % 4)];
        // A text takes whatever is written to it.
        let _ = write!(
            text,
            r#"{{"type":"{kind}","page":"{page}","user":"{user:016x}","session":"{session:016x}","at":{},"price":{}.{:02},"agent":"Mozilla/5.0 (X11; Linux x86_64)"}}"#,
            1_790_000_000_000 + u64::from(u32::from_le_bytes(rest)),
            units,
            cents % 100,
        );
    }
    text.truncate(bytes);
    text.into_bytes()
}

fn number(entropy: &dyn Entropy) -> u64 {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes);
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use stdx::SeededEntropy;

    use super::*;

    #[test]
    fn records_have_the_length_that_was_asked_for() {
        let entropy = SeededEntropy::new(1);
        for payload in [Payload::Random, Payload::Events] {
            for bytes in [0, 1, 100, 1024, 5000] {
                assert_eq!(payload.record(bytes, &entropy).data.len(), bytes);
            }
        }
    }
}
