//! Streams whose shards the service counts.

mod warm;

pub(crate) use warm::on_demand_floor;
