//! The world `transform`.

use super::records::conversions;
use crate::{Disposition, batch, failure, reply};

#[doc(hidden)]
#[allow(unsafe_code, missing_docs, clippy::all, reason = "generated from the interface")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "transform",
        pub_export_macro: true,
        export_macro_name: "export_transform",
        default_bindings_module: "shardmill_guest::abi::bindings",
    });
}

use bindings::shardmill::guest::types;

pub use bindings::export_transform as export;
pub use bindings::exports::shardmill::guest::transformer::Guest;
pub use types::{Batch, Failure, Reply};

/// Calls a function as the host asked to.
///
/// # Errors
/// What the function itself says.
pub fn run(
    handle: fn(batch::Batch) -> Result<reply::Reply, failure::Failure>,
    batch: Batch,
) -> Result<Reply, Failure> {
    super::watch_panics();
    handle(batch.into()).map(Reply::from).map_err(Failure::from)
}

conversions!();
