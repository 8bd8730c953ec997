//! Waiting for the server, which makes, changes and deletes mappings by and by.

use std::time::Duration;

use crate::cli::progress;
use crate::client::{Client, ClientError, Mapping};

/// How often to look.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Looks until a mapping that is still in motion is shown as it is: half a minute.
const LOOKS_MAX: u32 = 600;

/// The mapping when the server is done with it, or as it is after half a minute.
pub(super) async fn settled(client: &Client, mapping: Mapping) -> Result<Mapping, ClientError> {
    let bar = progress::busy(mapping.state.to_lowercase());
    let mut mapping = mapping;
    for _ in 0..LOOKS_MAX {
        if !mapping.is_settling() {
            break;
        }
        tokio::time::sleep(LOOK_EVERY).await;
        mapping = client.mapping(&mapping.uuid).await?;
        bar.set_message(mapping.state.to_lowercase());
    }
    bar.finish_and_clear();
    Ok(mapping)
}

/// Returns when the mapping is gone.
pub(super) async fn gone(client: &Client, uuid: &str) -> Result<(), ClientError> {
    let bar = progress::busy("deleting: batches in hand are finished first");
    loop {
        match client.mapping(uuid).await {
            Ok(_) => tokio::time::sleep(LOOK_EVERY).await,
            Err(error) if error.code() == Some("ResourceNotFoundException") => break,
            Err(error) => return Err(error),
        }
    }
    bar.finish_and_clear();
    Ok(())
}
