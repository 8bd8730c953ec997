//! What the caller of an operation on data needs besides: the use of the stream's key, as on AWS.

use domain::AccountId;
use identity::kms::Manager;
use wire::Resource;

use crate::Streams;
use crate::stream::Stream;

/// The exception that tells that the key must not be used.
const DENIED: &str = "KMSAccessDeniedException";
/// To put records.
const GENERATE: &str = "kms:GenerateDataKey";
/// To get records.
const DECRYPT: &str = "kms:Decrypt";

impl Streams {
    /// What the policy is asked about besides, of somebody of `account` who puts records. Nothing if the stream is not
    /// encrypted, or with the key that every account has for data streams.
    pub fn asked_to_seal(&self, stream: &Stream, account: AccountId) -> Option<Resource> {
        self.asked_of_key(stream, account, GENERATE)
    }

    /// The same, of somebody who gets records.
    pub fn asked_to_open(&self, stream: &Stream, account: AccountId) -> Option<Resource> {
        self.asked_of_key(stream, account, DECRYPT)
    }

    fn asked_of_key(
        &self,
        stream: &Stream,
        account: AccountId,
        action: &'static str,
    ) -> Option<Resource> {
        let named = stream.facts.protection.key.as_ref()?;
        // A key that is gone is told by the call itself.
        let key = self.sealing.find(stream, named).ok()?;
        // Those of another account, whom the policy of the stream lets in, are not let in by this: the key that every
        // account has for data streams is for that account alone.
        if key.manager == Manager::Aws && key.account == account {
            return None;
        }
        let service = format!("kinesis.{}.amazonaws.com", stream.facts.region);
        let asked = key.asked(action, account).refused_with(DENIED);
        let asked = asked.with("kms:ViaService", service);
        let asked = asked.with("kms:EncryptionContextKeys", "aws:kinesis:arn");
        Some(asked.with("kms:EncryptionContext:aws:kinesis:arn", stream.arn().to_string()))
    }
}
