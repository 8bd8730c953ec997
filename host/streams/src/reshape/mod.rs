//! Changing the shards of a stream: splits, merges, and both until there is another number of them.
//!
//! A call notes durably what is to be done (`StreamFacts::scaling`), which makes the stream `UPDATING`, and
//! answers. The work is done afterwards, in steps, each of which is one commit: the logs of the parents end,
//! those of the children begin, and the facts of both and of the stream are written. The last one takes the
//! note away. So a crash leaves the stream as it was before a step or as it is behind it, and the next start
//! goes on; in between the open shards always cover each key once.
//!
//! Who puts records meanwhile may find that a log has ended ([`storage::Kind::Ended`]): nothing was written
//! then, and it waits for the change to be known and routes anew.

mod ask;
mod bound;
mod expire;
mod plan;
mod step;
mod work;

pub(crate) use step::Reshaped;
