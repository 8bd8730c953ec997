//! AWS protocols without sockets: what an operation is, how its members are read, checked and written, and
//! what its errors look like.
//!
//! The gateway speaks only in these terms and never names a service; a service describes itself by a table
//! of [`operation::Entry`] and never sees bytes.

#![forbid(unsafe_code)]

pub mod aggregation;
mod attached;
mod caller;
mod checks;
mod error;
pub mod event_stream;
pub mod filter;
mod forms;
pub mod json;
pub mod operation;
mod output;
pub mod protocol;
pub mod query;
mod reply;
mod resource;
pub mod rest;
pub mod shape;
mod streaming;
mod table;
pub mod testing;
pub mod token;
pub mod trail;

pub use attached::AttachedPolicy;
pub use caller::{Authorizer, Caller, Denied, Origin, Tls};
pub use checks::{BrokenMembers, Check, Checks, Pattern, TextRule};
pub use error::{ApiError, Details, Failure, Fault};
pub use forms::Forms;
pub use operation::{Binding, Call, Entry, Info, Operation, State};
pub use reply::{Body, Reply};
pub use resource::Resource;
pub use rest::RestOperation;
pub use streaming::{Frame, Frames, StreamingOperation, ending};
pub use table::{Api, Table};
pub use trail::{Notes, Trail};
