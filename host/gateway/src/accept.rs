//! The accept loops, one for each listener: take connections, refuse those beyond the caps, stop at shutdown.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use stdx::{Shutdown, Tasks};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::Door;
use crate::arrival::Arrival;
use crate::caps::Caps;
use crate::connection::Around;
use crate::greet::greet;
use crate::site::Site;

/// How long accepting rests after a failure that the next attempt would meet again; doubles up to the second.
const REST_MIN: Duration = Duration::from_millis(10);
const REST_MAX: Duration = Duration::from_secs(1);

/// An address that the door listens on.
#[derive(Debug)]
pub struct Listener {
    /// Where connections come from.
    pub socket: TcpListener,
    /// What policies know it by.
    pub name: Option<Arc<str>>,
}

/// Serves until the shutdown signal of `tasks`, lets the requests in hand finish, and returns when the last
/// connection is closed. The caller puts a deadline over it. All listeners share the limits of the door.
pub async fn serve(door: Arc<Door>, listeners: Vec<Listener>, tasks: &Tasks) {
    let caps = Arc::new(Caps::new(&door.limits, door.metrics.clone()));
    let site = Arc::new(Site::new(door));
    join_all(listeners.into_iter().map(|listener| accept(listener, &site, &caps, tasks))).await;
    caps.all_closed().await;
}

async fn accept(listener: Listener, site: &Arc<Site>, caps: &Arc<Caps>, tasks: &Tasks) {
    let Listener { socket, name } = listener;
    let mut shutdown = tasks.shutdown();
    let mut rest = REST_MIN;
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.raised() => break,
            accepted = socket.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                rest = REST_MIN;
                let peer = peer.ip().to_canonical();
                let arrival = Arrival { peer, listener: name.clone(), tls: None };
                welcome(site, caps, tasks, stream, arrival);
            }
            Err(error) => {
                site.door.metrics.door.accept_errors.inc();
                if !is_of_one_connection(&error) {
                    tracing::warn!(%error, "failed to accept connections");
                    pause(&mut shutdown, rest).await;
                    rest = REST_MAX.min(rest * 2);
                }
            }
        }
    }
}

fn welcome(site: &Arc<Site>, caps: &Arc<Caps>, tasks: &Tasks, stream: TcpStream, arrival: Arrival) {
    let peer = arrival.peer;
    let Some(slot) = caps.take(peer) else {
        return tracing::debug!(%peer, "connection refused: too many");
    };
    // Answers are written whole; waiting for more to send would only add latency.
    if let Err(error) = stream.set_nodelay(true) {
        return tracing::debug!(%peer, %error, "connection failed");
    }
    let around =
        Around { site: Arc::clone(site), tasks: tasks.clone(), shutdown: tasks.shutdown() };
    tasks.spawn("connection", async move {
        let _slot = slot;
        greet(around, arrival, stream).await;
    });
}

/// Whether the failure went away together with the connection that caused it. Anything else (no file
/// descriptors, no memory) stays until something is freed.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

async fn pause(shutdown: &mut Shutdown, rest: Duration) {
    tokio::select! {
        () = shutdown.raised() => {}
        () = sleep(rest) => {}
    }
}
