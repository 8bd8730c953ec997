//! The first byte of a connection: whether it begins the handshake of TLS or a request in clear text.
//!
//! Both come to the same port, because clients differ in what they can be told: some take a host and a port
//! only and always speak TLS, others are given `http://` in a quick start.

use std::io;

use stdx::Shutdown;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::Tls;
use crate::arrival::Arrival;
use crate::connection::{Around, converse, expired};
use crate::pace::Late;

/// The type of a record that belongs to a handshake (RFC 8446, section 5.1). No method of HTTP begins so.
const HANDSHAKE: u8 = 0x16;

/// Serves `stream`, protected if the client wants it so.
pub(crate) async fn greet(around: Around, arrival: Arrival, stream: TcpStream) {
    let start = Instant::now();
    let Some(tls) = around.site.door.tls.clone() else {
        return Box::pin(converse(around, arrival, start, stream)).await;
    };
    let deadline = start + around.site.door.limits.head_timeout;
    let mut shutdown = around.shutdown.clone();
    let first = tokio::select! {
        biased;
        () = shutdown.raised() => return,
        first = timeout_at(deadline, first_byte(&stream)) => first,
    };
    match first {
        Ok(Ok(Some(HANDSHAKE))) => {
            Box::pin(protect(around, shutdown, &tls, arrival, stream)).await;
        }
        Ok(Ok(Some(_))) => Box::pin(converse(around, arrival, start, stream)).await,
        Ok(Ok(None)) => {}
        Ok(Err(error)) => tracing::debug!(peer = %arrival.peer, %error, "connection failed"),
        Err(_elapsed) => expired(&around.site, Late::Head),
    }
}

/// Looks at it without taking it; nothing if the client closes before.
async fn first_byte(stream: &TcpStream) -> io::Result<Option<u8>> {
    let mut byte = [0];
    let length = stream.peek(&mut byte).await?;
    Ok((length > 0).then_some(byte[0]))
}

/// Shakes hands, then serves what lies inside.
async fn protect(
    around: Around,
    mut shutdown: Shutdown,
    tls: &Tls,
    arrival: Arrival,
    stream: TcpStream,
) {
    let deadline = Instant::now() + around.site.door.limits.handshake_timeout;
    let shaken = tokio::select! {
        biased;
        () = shutdown.raised() => return,
        shaken = timeout_at(deadline, tls.accept(stream)) => shaken,
    };
    let peer = arrival.peer;
    let numbers = &around.site.door.metrics.door;
    match shaken {
        Ok(Ok((stream, protection))) => {
            numbers.tls_handshakes.inc();
            let arrival = Arrival { tls: Some(protection), ..arrival };
            converse(around, arrival, Instant::now(), stream).await;
        }
        Ok(Err(error)) => {
            numbers.tls_failed.inc();
            tracing::debug!(%peer, %error, "handshake failed");
        }
        Err(_elapsed) => {
            numbers.tls_expired.inc();
            tracing::debug!(%peer, "handshake took too long");
        }
    }
}
