//! Numbers about the running program: which ones there are, how they are counted and how they are shown.
//!
//! [`CATALOG`] names every metric once; [`Metrics`] holds them, cheap to clone and to count with: an atomic
//! addition, no lock and no allocation, as long as the series was asked for beforehand (see
//! [`Metrics::operation`]). [`cloud`] is what services tell their owners in CloudWatch's terms. Nothing here knows where the numbers come from, or how they leave the program.

#![forbid(unsafe_code)]

mod catalog;
pub mod cloud;
mod expose;
mod functions;
mod histogram;
mod numbers;
mod outgoing;
mod registry;
mod subscriptions;

pub use catalog::{CATALOG, Kind, Metric, Unit};
pub use expose::CONTENT_TYPE;
pub use functions::Functions;
pub use histogram::Histogram;
pub use numbers::{Audit, Consumer, Door, Storage, Streams};
pub use outgoing::Egress;
pub use prometheus_client::metrics::counter::Counter;
pub use prometheus_client::metrics::gauge::Gauge;
pub use registry::{Metrics, Numbers, Operation};
pub use subscriptions::Subscriptions;
