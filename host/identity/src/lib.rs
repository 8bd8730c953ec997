//! Who may do what: keys, the account's root, the host's own key, and the decision over every resource.
//!
//! Promises: secrets are held in [`stdx::Secret`] and printed nowhere; files with secrets are readable by
//! their owner only, written whole or not at all, and a damaged one is an error with a name and a reason,
//! never replaced in silence. Left to others: reading requests, rendering refusals, storing tenants.

#![forbid(unsafe_code)]

mod access;
mod host_key;
mod keys;
pub mod policy;
mod root;
pub mod sigv4;

pub use access::RootOnly;
pub use host_key::{HostKeyError, host_key};
pub use keys::{Key, KeyRing};
pub use root::{Root, RootError};
