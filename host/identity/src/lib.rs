//! Who may do what: accounts, users, roles, keys and secrets as facts, the account's root, the host's own key, and
//! the decision over every resource.
//!
//! Promises: secrets are held in [`stdx::Secret`] and printed nowhere, and are sealed where they are stored; files
//! with secrets are readable by their owner only, written whole or not at all, and a damaged one is an error with a
//! name and a reason, never replaced in silence; a change holds for the next request. Left to others: reading
//! requests, rendering refusals, what there is besides.

#![forbid(unsafe_code)]

mod access;
mod directory;
mod error;
mod host_key;
mod keys;
pub mod kms;
pub mod ops;
pub mod policy;
mod root;
pub mod sigv4;
pub mod trail;
mod vault;

pub use access::RootOnly;
pub use directory::{
    AccessKey, Account, Asked, Directory, Kind, Member, NewKey, NewMember, StoredSecret,
    Surroundings, Verdict, is_of,
};
pub use error::{Error, Limit, Missing, Taken};
pub use host_key::{HostKeyError, host_key};
pub use keys::{Key, KeyRing};
pub use ops::table;
pub use root::{Root, RootError};
