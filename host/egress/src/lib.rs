//! The only way out: every request that the program sends to others goes through [`Egress`].
//!
//! Where a request goes is decided by people who are not trusted with this machine's network: guests, and tenants who
//! configure destinations. So a name is resolved here, each address is checked ([`Networks`]), and the connection
//! goes to an address that was checked: there is no second lookup which could say something else. Redirects are not
//! followed, they are answers. Time and bytes are bounded in both directions, and a tenant has its own connections,
//! of which there is a bound, too.
//!
//! Which hosts a tenant may reach at all is the caller's knowledge, given with each call as [`Hosts`]. What guests, functions
//! or buckets are is not known here.

#![forbid(unsafe_code)]

mod address;
mod connect;
mod error;
mod exchange;
mod hosts;
mod limits;
mod networks;
mod pool;
mod resolve;
mod target;
mod tenants;
mod tls;

pub use address::{Special, special};
pub use error::{Error, Kind};
pub use exchange::{Egress, Options};
pub use hosts::{Hosts, InvalidHost};
pub use limits::{Bounds, Limits};
pub use networks::{InvalidNetwork, Network, Networks};
pub use resolve::{Resolve, SystemResolver};
pub use target::{InvalidTarget, Scheme, Target};
pub use tls::{InvalidRoots, Roots};
