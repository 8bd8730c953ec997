//! What happens inside a shard: admission, reading, iterators.
//!
//! A shard has no task of its own. The store's one writer already puts appends in order and numbers them, so
//! all that is left is how much of its limits a shard has used: a few counters under a mutex that is held
//! for some arithmetic and never across an await.

mod admit;
mod follow;
mod iterator;
mod position;
mod read;
mod traffic;

pub(crate) use admit::Admission;
pub use follow::Followed;
pub(crate) use iterator::ShardIterator;
pub use position::Start;
pub(crate) use position::position_of;
pub use read::Page;
pub(crate) use traffic::Put;
pub use traffic::{Counted, Traffic};
