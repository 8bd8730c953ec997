//! StopStreamEncryption: leaves what is written from now on in clear text; what was encrypted stays so.

use wire::{Caller, Operation, Resource};

use super::encryption_members::Input;
use crate::error::Invalid;
use crate::{Error, Result, Streams};

pub(super) struct StopStreamEncryption;

impl Operation for StopStreamEncryption {
    const NAME: &str = "StopStreamEncryption";
    const ACTION: &str = "kinesis:StopStreamEncryption";
    const AUDITED: &[&str] = &["StreamName", "StreamARN", "EncryptionType", "KeyId"];
    const DIFFERS: &str = "The change is done when the call returns; there is no status UPDATING. \
        KeyId is not compared with the key of the stream.";
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
        streams.stop_encryption(&stream).await
    }
}
