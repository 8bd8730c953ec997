//! StartStreamEncryption: encrypts what is written from now on with a key of the key service.

use wire::{Caller, Operation, Resource};

use super::encryption_members::Input;
use crate::error::Invalid;
use crate::{Error, Result, Streams};

pub(super) struct StartStreamEncryption;

impl Operation for StartStreamEncryption {
    const NAME: &str = "StartStreamEncryption";
    const ACTION: &str = "kinesis:StartStreamEncryption";
    const AUDITED: &[&str] = &["StreamName", "StreamARN", "EncryptionType", "KeyId"];
    const DIFFERS: &str = "The change is done when the call returns, for all that is put \
        afterwards; there is no status UPDATING. A key of another account is answered with KMSNotFoundException.";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(input.target().resource(streams, caller, Self::ACTION))
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let stream = input.target().find(streams, caller)?;
        if !input.is_kms() {
            return Err(Error::Invalid(Invalid::EncryptionType));
        }
        streams.start_encryption(&stream, input.key()).await
    }
}
