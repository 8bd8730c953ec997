//! The members that are about encryption.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Check, Checks, TextRule};

use super::target::Target;
use crate::stream::Stream;

/// Encrypted.
pub(super) const KMS: &str = "KMS";
/// In clear text.
pub(super) const NONE: &str = "NONE";
/// A key, by any of its names.
const KEY_ID: TextRule = TextRule { min: 1, max: 2048, pattern: None };

/// How what is written to a stream is encrypted; nothing if it is not.
pub(super) fn encryption_type(stream: &Stream) -> Option<&'static str> {
    stream.facts.protection.key.as_ref().map(|_| KMS)
}

/// The input of the operations that turn it on and off.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    encryption_type: Option<Text<'a>>,
    #[serde(borrow)]
    key_id: Option<Text<'a>>,
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
}

impl Input<'_> {
    pub(super) fn target(&self) -> Target<'_> {
        Target::new(&self.stream_name, &self.stream_arn).with_id(&self.stream_id)
    }

    pub(super) fn key(&self) -> &str {
        self.key_id.as_ref().map_or("", Text::as_str)
    }

    /// Whether it asks for encryption by the key service, or for its end, which is said in the same words.
    pub(super) fn is_kms(&self) -> bool {
        self.encryption_type.as_ref().is_some_and(|it| it.as_str() == KMS)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let target = self.target();
        target.check_name(checks);
        checks.required("encryptionType", self.encryption_type.as_ref());
        let kind = self.encryption_type.as_ref().map(Text::as_str);
        checks.choice("encryptionType", kind, &[NONE, KMS]);
        checks.required("keyId", self.key_id.as_ref());
        checks.text("keyId", self.key_id.as_ref().map(Text::as_str), KEY_ID);
        target.check_arn(checks, self.stream_id.as_ref());
    }
}
