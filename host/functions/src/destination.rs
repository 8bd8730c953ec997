//! Where is told of what a function did or could not do.

use domain::{AccountId, QualifiedArn, Region, StreamArn};

use crate::mapping::StreamRef;

/// A place that takes what is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// A stream of the same account and region gets a record.
    Stream(StreamRef),
    /// A function of the same account and region is called asynchronously.
    Function(QualifiedArn),
}

impl Destination {
    /// As operations name it; streams have the names of this account and region.
    pub(crate) fn name(&self, account: AccountId, region: &Region) -> String {
        match self {
            Self::Stream(stream) => {
                let (region, name) = (region.clone(), stream.name.clone());
                StreamArn { region, account, name }.to_string()
            }
            Self::Function(arn) => arn.to_string(),
        }
    }
}
