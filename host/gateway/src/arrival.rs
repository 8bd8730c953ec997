//! How a connection came in: from where, through which listener, and what protects it.

use std::net::IpAddr;
use std::sync::Arc;

use wire::Origin;

use crate::Tls;

/// What holds for all requests of a connection.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// The client's address, one of IPv4 as such.
    pub(crate) peer: IpAddr,
    /// The listener's name, if it has one.
    pub(crate) listener: Option<Arc<str>>,
    /// None if it speaks in clear text.
    pub(crate) tls: Option<wire::Tls>,
}

impl Arrival {
    /// Whether a connection like this may ask for operations.
    pub(crate) fn is_open(&self, tls: Option<&Tls>) -> bool {
        self.tls.is_some() || !tls.is_some_and(Tls::is_required)
    }

    /// What services and policies are told of a request that came this way.
    pub(crate) fn origin(&self, user_agent: Option<String>) -> Origin {
        Origin {
            address: Some(self.peer),
            listener: self.listener.clone(),
            tls: self.tls,
            user_agent,
        }
    }
}
