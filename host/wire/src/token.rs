//! Opaque tokens: iterators and page tokens, sealed so that a caller can neither read nor make one.
//!
//! A token is base64 of `version (1) · purpose (1) · nonce (12) · AES-256-GCM(issue time (8) · content)`;
//! version and purpose are authenticated with it. Its page is `host/docs/formats/tokens.md`.

use domain::{Millis, limits};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

const VERSION: u8 = 1;
const HEAD: usize = 2;

/// What a token is for: one kind is never taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A shard iterator.
    ShardIterator = 1,
    /// The next page of ListShards.
    ListShards = 2,
    /// The next page of ListStreams.
    ListStreams = 3,
    /// The next page of ListFunctions.
    ListFunctions = 4,
    /// The next page of ListEventSourceMappings.
    ListMappings = 5,
    /// The next page of ListVersionsByFunction.
    ListVersions = 40,
    /// The next page of ListAliases.
    ListAliases = 41,
    /// The next page of ListParkedRecords.
    ParkedRecords = 42,
    /// The next page of ListStateKeys.
    StateKeys = 44,
    /// The next page of GetState.
    State = 45,
    /// The next page of ListFunctionEventInvokeConfigs.
    ListEventConfigs = 43,
    /// Where a reader of a function's log goes on.
    FunctionLog = 6,
    /// The next page of LookupEvents.
    LookupEvents = 7,
    /// Where a reader of the audit trail goes on.
    AuditEvents = 8,
    /// The receipt of a record that a queue gave out.
    QueueReceipt = 20,
    /// The next page of ListQueues.
    ListQueues = 21,
    /// The next page of ListMetrics.
    ListMetrics = 30,
    /// The next page of GetMetricData.
    MetricData = 31,
    /// The next page of ListStreamConsumers.
    ListConsumers = 9,
}

/// A token that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// When it was issued.
    pub issued: Millis,
    /// What it carries.
    pub content: Vec<u8>,
}

/// The text was not sealed here, or for another purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("token was not issued by this server")]
pub struct InvalidToken;

/// Seals and opens tokens with the host's key.
pub struct Sealer {
    key: LessSafeKey,
}

impl Sealer {
    /// A sealer with this key, which must be random and kept: tokens outlive a restart.
    ///
    /// # Panics
    /// Never: 32 bytes are the key length of AES-256.
    pub fn new(key: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("32 bytes are an AES-256 key");
        Self { key: LessSafeKey::new(key) }
    }

    /// Seals `content`. `nonce` must be random: 96 bits, so 2^32 tokens under one key stay safe.
    ///
    /// # Panics
    /// Never: contents are far below the cipher's 64 GiB.
    pub fn seal(&self, purpose: Purpose, nonce: [u8; 12], now: Millis, content: &[u8]) -> String {
        let head = [VERSION, purpose as u8];
        let mut sealed = Vec::with_capacity(8 + content.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&now.0.to_be_bytes());
        sealed.extend_from_slice(content);
        let unique = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(unique, Aad::from(head), &mut sealed)
            .expect("a token is far below the cipher's limit");
        let token = [&head[..], &nonce, &sealed].concat();
        base64_simd::STANDARD.encode_to_string(token)
    }

    /// Opens a token.
    ///
    /// # Errors
    /// [`InvalidToken`] for anything that [`Sealer::seal`] did not make for this purpose.
    pub fn open(&self, purpose: Purpose, token: &str) -> Result<Opened, InvalidToken> {
        let bytes = base64_simd::STANDARD.decode_to_vec(token).map_err(|_ignored| InvalidToken)?;
        let (head, rest) = bytes.split_at_checked(HEAD).ok_or(InvalidToken)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>().ok_or(InvalidToken)?;
        if head != [VERSION, purpose as u8] {
            return Err(InvalidToken);
        }
        let mut sealed = sealed.to_vec();
        let plain = self
            .key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(head), &mut sealed)
            .map_err(|_ignored| InvalidToken)?;
        let (issued, content) = plain.split_first_chunk().ok_or(InvalidToken)?;
        let issued = Millis(u64::from_be_bytes(*issued));
        Ok(Opened { issued, content: content.to_vec() })
    }
}

impl Opened {
    /// Whether the token is too old at `now`: more than five minutes.
    pub fn is_expired(&self, now: Millis) -> bool {
        now.since(self.issued) > limits::TOKEN_LIFE_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer() -> Sealer {
        Sealer::new(&[7; 32])
    }

    #[test]
    fn opens_what_it_sealed_and_nothing_else() {
        let token = sealer().seal(Purpose::ShardIterator, [1; 12], Millis(5), b"content");
        let opened = sealer().open(Purpose::ShardIterator, &token).unwrap();
        assert_eq!(opened, Opened { issued: Millis(5), content: b"content".to_vec() });
        assert_eq!(sealer().open(Purpose::ListShards, &token), Err(InvalidToken));
        assert_eq!(Sealer::new(&[8; 32]).open(Purpose::ShardIterator, &token), Err(InvalidToken));
        for text in ["", "AAAA", "no base64", &token[4..]] {
            assert_eq!(sealer().open(Purpose::ShardIterator, text), Err(InvalidToken), "{text}");
        }
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let token = sealer().seal(Purpose::ListStreams, [2; 12], Millis(5), b"content");
        let bytes = base64_simd::STANDARD.decode_to_vec(&token).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let text = base64_simd::STANDARD.encode_to_string(changed);
            assert_eq!(sealer().open(Purpose::ListStreams, &text), Err(InvalidToken), "byte {at}");
        }
    }

    #[test]
    fn expires_after_five_minutes() {
        let opened = Opened { issued: Millis(1000), content: Vec::new() };
        assert!(!opened.is_expired(Millis(301_000)));
        assert!(opened.is_expired(Millis(301_001)));
        assert!(!opened.is_expired(Millis(0)));
    }
}
