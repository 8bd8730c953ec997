//! Who asks, and whether they may.

use std::net::IpAddr;

use async_trait::async_trait;
use domain::{AccountId, Region};

/// The one who signed the request, after the signature held.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account of the key that signed: names are looked up in it.
    pub account: AccountId,
    /// The region of the signature's scope: names are looked up in it.
    pub region: Region,
    /// The ARN of the user, role session or root that the key belongs to.
    pub principal: String,
    /// The key that signed.
    pub access_key_id: String,
    /// The address the request came from, if it came over a network.
    pub source: Option<IpAddr>,
    /// What the reply's `x-amzn-RequestId` says.
    pub request_id: String,
}

/// The policy refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// The sentence for the caller.
    pub message: String,
}

/// Who decides. Implemented by `identity`; asked by [`crate::operation`] for every resource that an
/// operation names, before the operation runs.
#[async_trait]
pub trait Authorizer: Send + Sync {
    /// Whether `caller` may do `action` to `resource` (an ARN, or `*` where the action knows no resource).
    ///
    /// # Errors
    /// [`Denied`] if not.
    async fn authorize(&self, caller: &Caller, action: &str, resource: &str) -> Result<(), Denied>;
}
