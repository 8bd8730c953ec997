//! What the records of a load hold. Random bytes are what no layer can make smaller; events look like what services send,
//! and compress about as well.

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
    /// One such object, which is JSON as a whole
    Event,
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
            Self::Event => one_event(record_bytes, entropy),
        };
        PutRecord::new(key, Bytes::from(data))
    }
}

/// Events, one behind the other, cut to the length.
fn events(bytes: usize, entropy: &dyn Entropy) -> Vec<u8> {
    let mut text = String::with_capacity(bytes + 512);
    while text.len() < bytes {
        text.push_str(&event(entropy));
    }
    text.truncate(bytes);
    text.into_bytes()
}

/// One event, made as long with a member of its own; an event of its own length if that is more.
fn one_event(bytes: usize, entropy: &dyn Entropy) -> Vec<u8> {
    const MEMBER: &str = r#","more":""#;
    let mut text = event(entropy);
    let missing = bytes.saturating_sub(text.len() + MEMBER.len() + 1);
    if missing > 0 {
        text.pop();
        text.push_str(MEMBER);
        text.extend(std::iter::repeat_n('x', missing));
        text.push_str(r#""}"#);
    }
    text.into_bytes()
}

fn event(entropy: &dyn Entropy) -> String {
    const PAGES: [&str; 4] = ["/", "/products", "/products/search", "/checkout/payment"];
    const KINDS: [&str; 4] = ["view", "click", "scroll", "purchase"];
    let (user, session) = (number(entropy), number(entropy));
    let [page, kind, units, cents, rest @ ..] = number(entropy).to_le_bytes();
    let page = PAGES[usize::from(page % 4)];
    let kind = KINDS[usize::from(kind % 4)];
    format!(
        r#"{{"type":"{kind}","page":"{page}","user":"{user:016x}","session":"{session:016x}","at":{},"price":{}.{:02},"agent":"Mozilla/5.0 (X11; Linux x86_64)"}}"#,
        1_790_000_000_000 + u64::from(u32::from_le_bytes(rest)),
        units,
        cents % 100,
    )
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

    #[test]
    fn one_event_is_json_of_its_length_at_least() {
        let entropy = SeededEntropy::new(1);
        for bytes in [0, 300, 1024, 5000] {
            let data = Payload::Event.record(bytes, &entropy).data;
            serde_json::from_slice::<serde_json::Value>(&data).unwrap();
            assert!(data.len() >= bytes || bytes < 300, "{}", data.len());
        }
        assert_eq!(Payload::Event.record(1024, &entropy).data.len(), 1024);
    }
}
