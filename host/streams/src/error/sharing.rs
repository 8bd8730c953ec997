//! What can be wrong with the policy of a resource.

use domain::limits;
use identity::policy::PolicyError;

/// What makes no sense in a policy that is to hang on a resource. No text of AWS was ever seen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Sharing {
    /// It is no policy, or not one for this resource.
    #[error("Invalid resource policy: {0}.")]
    Policy(Box<PolicyError>),
    /// It is too long.
    #[error(
        "Invalid resource policy: it has {bytes} bytes; at most {} are allowed.",
        limits::RESOURCE_POLICY_CHARS_MAX
    )]
    Size {
        /// How many it has.
        bytes: usize,
    },
}
