//! Which API an operation of AWS JSON belongs to.

/// The words that tell one API from another in a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Api {
    /// What stands before the operation in `x-amz-target`.
    pub(super) target: &'static str,
    /// The service that the signature is for.
    pub(super) service: &'static str,
}

impl Api {
    /// Kinesis Data Streams.
    pub(crate) const KINESIS: Self = Self { target: "Kinesis_20131202", service: "kinesis" };
    /// The key service.
    pub(crate) const KMS: Self = Self { target: "TrentService", service: "kms" };
    /// What AWS has no operation for.
    pub(crate) const OWN: Self = Self { target: "Shardmill_20261101", service: "shardmill" };
}
