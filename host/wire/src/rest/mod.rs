//! REST-JSON: operations that are bound to a method and a path, whose members come in the path, the query,
//! the headers and the body.
//!
//! One operation is one file here as well: it implements [`RestOperation`] for a unit struct, its input
//! [`FromRequest`], and [`crate::Entry::rest`] makes a line of the table of it. What the door does before and
//! after is the same as for every other operation.

mod method;
mod operation;
mod path;
mod percent;
mod reply;
mod request;

pub use method::Method;
pub(crate) use operation::answer;
pub use operation::{FromRequest, RestOperation};
pub(crate) use path::assert_is_template;
pub use path::{Found, Label, Paths};
pub use reply::{IntoReply, Json};
pub use request::{Head, Request};
