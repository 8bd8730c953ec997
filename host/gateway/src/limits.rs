//! How much a client gets: connections, time and bytes.

use std::time::Duration;

/// The bounds of the door. The defaults are for serving; tests make them small.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at once; further ones are closed on arrival.
    pub connections_max: usize,
    /// Connections open at once from one address (one /64 network with IPv6). Loopback is exempt.
    pub connections_per_address_max: usize,
    /// How long a request's head may take, from its first byte to its last; for the first request of a
    /// connection, from the moment it is accepted.
    pub head_timeout: Duration,
    /// How long a connection may be open without a request.
    pub idle_timeout: Duration,
    /// In each span of this length a body must bring at least [`Limits::body_bytes_per_second_min`].
    pub body_window: Duration,
    /// The slowest acceptable body.
    pub body_bytes_per_second_min: u64,
    /// Bytes of all bodies that are being read or worked on.
    pub body_budget_bytes: usize,
    /// How long a request waits for its share of the budget before it is told to come back.
    pub body_budget_wait: Duration,
    /// How long the unread rest of a refused request is read and thrown away, so that the client is done
    /// sending when the answer comes: one that is not sees a reset connection instead.
    pub linger: Duration,
    /// The most bytes thrown away in that time.
    pub linger_bytes_max: usize,
    /// Requests at once on one HTTP/2 connection.
    pub streams_per_connection_max: u32,
    /// Bytes of all header fields of a request.
    pub header_list_bytes_max: u32,
    /// How often an HTTP/2 client is asked whether it is still there.
    pub ping_interval: Duration,
    /// How long it may take to answer that.
    pub ping_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 10_000,
            connections_per_address_max: 2_000,
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            body_window: Duration::from_secs(5),
            body_bytes_per_second_min: 1024,
            body_budget_bytes: 256 * 1024 * 1024,
            body_budget_wait: Duration::from_millis(500),
            linger: Duration::from_secs(2),
            linger_bytes_max: 64 * 1024 * 1024,
            streams_per_connection_max: 128,
            header_list_bytes_max: 32 * 1024,
            ping_interval: Duration::from_secs(30),
            ping_timeout: Duration::from_secs(20),
        }
    }
}
