//! The door: ports that speak HTTP/1.1 and HTTP/2, in clear text and over TLS, and everything that happens to a
//! request before a service sees it and after it has answered.
//!
//! Promises: no service code runs before a signature held; nobody makes the program hold more bytes,
//! connections or time than [`Limits`] allow; every failure is rendered and logged at one place; a panic is
//! a 500 for that request. Never names a service: [`Door::apis`] is all it knows. Left to others: what an
//! operation does, who may do it, where keys and certificates come from.
//!
//! A request whose client goes away is dropped at its next wait, as HTTP libraries do; services must stay
//! whole then.

#![forbid(unsafe_code)]

mod accept;
mod admit;
mod arrival;
mod backlog;
mod body;
mod budget;
mod caps;
mod connection;
mod dispatch;
mod feed;
mod gather;
mod greet;
mod health;
mod inflate;
mod limits;
mod outgoing;
mod pace;
mod paced;
mod reply;
mod request;
mod resolve;
mod share;
mod site;
mod tls;
mod trail;
mod whose;

use std::sync::Arc;

use domain::Region;
use identity::KeyRing;
use metering::Metrics;
use stdx::{Clock, Entropy, Secret};

pub use accept::{Listener, serve};
pub use health::{HealthCheck, HealthReport};
pub use limits::Limits;
pub use tls::{Certificate, CertificateError, Tls};

/// What the door opens to, and by whose leave.
pub struct Door {
    /// The services, by the tables of their operations.
    pub apis: Vec<Arc<dyn wire::Api>>,
    /// The keys that signatures are checked with.
    pub keys: Arc<KeyRing>,
    /// Where it is recorded who asked for what.
    pub trail: Arc<identity::trail::Trail>,
    /// Who decides whether a caller may.
    pub authorizer: Arc<dyn wire::Authorizer>,
    /// Where the time of day comes from. Time-outs of connections use the runtime's own time.
    pub clock: Arc<dyn Clock>,
    /// Where request ids come from.
    pub entropy: Arc<dyn Entropy>,
    /// What is counted.
    pub metrics: Metrics,
    /// Asked by each `GET /health`; must not block.
    pub health: Arc<dyn Fn() -> HealthReport + Send + Sync>,
    /// The regions that signatures may name; without a list, all well-formed ones.
    pub regions: Option<Vec<Region>>,
    /// What `GET /metrics` must bring as a bearer token; without one, only this machine may ask.
    pub metrics_token: Option<Secret<String>>,
    /// What connections are protected with; without it, all speak in clear text.
    pub tls: Option<Arc<Tls>>,
    /// How much anybody gets.
    pub limits: Limits,
}
