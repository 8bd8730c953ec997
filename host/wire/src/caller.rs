//! Who asks, and whether they may.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use domain::{AccountId, Region};

use crate::{Failure, Resource};

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
    /// How the request came in.
    pub origin: Origin,
    /// What the reply's `x-amzn-RequestId` says.
    pub request_id: String,
}

/// How a request reached the server; of a call from inside, nothing is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The address that it came from.
    pub address: Option<IpAddr>,
    /// The name of the listener that took it, if that has one: what an endpoint of a VPC is on AWS.
    pub listener: Option<Arc<str>>,
    /// What protected it on its way; nothing if it came in clear text.
    pub tls: Option<Tls>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
}

/// What protected a connection, by the names of the standards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tls {
    /// `TLSv1.3`.
    pub version: &'static str,
    /// `TLS_AES_128_GCM_SHA256`.
    pub cipher: &'static str,
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
    /// Whether `caller` may do this to that.
    ///
    /// # Errors
    /// [`Denied`] if not.
    async fn authorize(&self, caller: &Caller, asked: &Resource) -> Result<(), Denied>;

    /// Whether a call may go on now, for operations whose rate is limited. It is asked once the call was allowed and its
    /// members were checked, with all resources that the call names.
    ///
    /// # Errors
    /// The failure to render.
    fn pace(&self, _caller: &Caller, _asked: &[Resource]) -> Result<(), Failure> {
        Ok(())
    }
}
