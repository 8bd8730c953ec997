//! How much a client gets: connections, time and bytes.

use std::time::Duration;

/// A body's first share of the budget, or all it needs if that is less. Announcing much is free, so what is
/// announced earns nothing: the share grows with what arrives.
pub(crate) const BODY_SHARE_FIRST_BYTES: usize = 4 * 1024;

/// One account, or one address of strangers, may hold one part of so many of a budget.
const BODY_BUDGET_PARTS: usize = 4;

/// Or one body of the largest size, if that is no more than so many parts of so many: somebody else always
/// finds something left. A larger body is refused as too large.
const BODY_BUDGET_MOST: (usize, usize) = (3, 4);

/// The same for answers. More, because an answer that is there is never waited with.
const REPLY_BUDGET_PARTS: usize = 2;

/// What a request reserves for its answer before it is worked on: as much as this times its own length, within
/// these bounds. The answer of a write is hardly longer, so that a write is refused before it takes effect
/// rather than after. Reads may get long answers for short requests; refusing them late does no harm.
const REPLY_SHARE_FACTOR: usize = 4;
const REPLY_SHARE_FIRST_BYTES: (usize, usize) = (4 * 1024, 64 * 1024);

/// The bounds of the door. The defaults are for serving; tests make them small.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at once; further ones are closed on arrival.
    pub connections_max: usize,
    /// Connections open at once from one address (one /64 network with IPv6). Loopback is exempt.
    pub connections_per_address_max: usize,
    /// How long the handshake of TLS may take.
    pub handshake_timeout: Duration,
    /// How long a request's head may take, from its first byte to its last; for the first request of a
    /// connection, from the moment it is accepted.
    pub head_timeout: Duration,
    /// How long a connection may be open without a request.
    pub idle_timeout: Duration,
    /// In each span of this length a body must bring at least [`Limits::body_bytes_per_second_min`].
    pub body_window: Duration,
    /// The slowest acceptable body.
    pub body_bytes_per_second_min: u64,
    /// How long a whole body may take, besides the time that [`Limits::body_bytes_per_second_due`] gives it.
    /// The pace alone would let the largest body take hours.
    pub body_time: Duration,
    /// For each so many bytes that a body announces it may take a second more.
    pub body_bytes_per_second_due: u64,
    /// Bytes of all bodies that are being read or worked on. One account may hold a quarter, or one body of the largest
    /// size if that is more, but never more than three quarters; so may one address (one /64 network with IPv6) with
    /// bodies whose signature was not looked at yet. Those from loopback count for the account that they claim.
    pub body_budget_bytes: usize,
    /// How long a request waits for its share of a budget before it is told to come back.
    pub body_budget_wait: Duration,
    /// Bytes of all answers that are not written yet. One account may hold half.
    pub reply_budget_bytes: usize,
    /// In each span of this length in which bytes of answers wait on a connection, it must take at least
    /// [`Limits::reply_bytes_per_second_min`].
    pub reply_window: Duration,
    /// The slowest acceptable reader.
    pub reply_bytes_per_second_min: u64,
    /// In each such span the same part of what waits must go as the span has of this time: who holds much reads fast.
    pub reply_time: Duration,
    /// How long a frame of an answer that is a stream may take to be written. Long, because who reads a stream may
    /// be busy with what it got before.
    pub frame_timeout: Duration,
    /// The unread rest of a refused request is read and thrown away, so that the client is done sending when the
    /// answer comes: one that is not sees a reset connection instead. In each span of this length it must end or
    /// bring at least [`Limits::linger_bytes_min`].
    pub linger: Duration,
    /// The slowest rest that is worth it.
    pub linger_bytes_min: usize,
    /// The most bytes thrown away.
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
            handshake_timeout: Duration::from_secs(10),
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            body_window: Duration::from_secs(5),
            body_bytes_per_second_min: 1024,
            body_time: Duration::from_secs(10),
            body_bytes_per_second_due: 64 * 1024,
            body_budget_bytes: 256 * 1024 * 1024,
            body_budget_wait: Duration::from_millis(500),
            reply_budget_bytes: 256 * 1024 * 1024,
            reply_window: Duration::from_secs(5),
            reply_bytes_per_second_min: 1024,
            reply_time: Duration::from_secs(120),
            frame_timeout: Duration::from_secs(60),
            linger: Duration::from_secs(2),
            linger_bytes_min: 1024 * 1024,
            linger_bytes_max: 128 * 1024 * 1024,
            streams_per_connection_max: 128,
            header_list_bytes_max: 32 * 1024,
            ping_interval: Duration::from_secs(30),
            ping_timeout: Duration::from_secs(20),
        }
    }
}

impl Limits {
    /// What one account, or stranger, may hold of the budget for bodies, the largest of which has so many bytes.
    pub(crate) fn body_budget_bytes_each(&self, largest: usize) -> usize {
        let (most, of) = BODY_BUDGET_MOST;
        let most = self.body_budget_bytes / of * most;
        (self.body_budget_bytes / BODY_BUDGET_PARTS).max(largest.min(most))
    }

    /// What one account may hold of the budget for answers.
    pub(crate) fn reply_budget_bytes_each(&self) -> usize {
        self.reply_budget_bytes / REPLY_BUDGET_PARTS
    }

    /// What is reserved for the answer to a request of so many bytes.
    pub(crate) fn reply_share_first(bytes: usize) -> usize {
        let (least, most) = REPLY_SHARE_FIRST_BYTES;
        bytes.saturating_mul(REPLY_SHARE_FACTOR).clamp(least, most)
    }

    /// As many bytes as a pace makes in a window.
    pub(crate) fn least(bytes_per_second: u64, window: Duration) -> usize {
        let bytes = u128::from(bytes_per_second) * window.as_millis() / 1000;
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    /// How long a body of so many bytes may take from its first byte to its last.
    pub(crate) fn body_time_for(&self, bytes: usize) -> Duration {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let due = self.body_bytes_per_second_due.max(1);
        let more = Duration::from_millis(bytes.saturating_mul(1000) / due);
        self.body_time.saturating_add(more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    #[test]
    fn the_largest_body_takes_minutes_at_most() {
        let limits = Limits::default();
        assert_eq!(limits.body_time_for(0), Duration::from_secs(10));
        assert_eq!(limits.body_time_for(15 * MIB), Duration::from_secs(10 + 240));
        assert!(limits.body_time_for(usize::MAX) > Duration::from_secs(10));
    }

    #[test]
    fn an_account_gets_a_quarter_or_one_body_but_never_all() {
        let limits = Limits::default();
        assert_eq!(limits.body_budget_bytes_each(15 * MIB), 64 * MIB);
        assert_eq!(limits.body_budget_bytes_each(70 * MIB), 70 * MIB);
        let limits = Limits { body_budget_bytes: 20 * MIB, ..limits };
        assert_eq!(limits.body_budget_bytes_each(14 * MIB), 14 * MIB);
        assert_eq!(limits.body_budget_bytes_each(70 * MIB), 15 * MIB);
    }
}
