//! The way out: where the operator lets it go, and whom it trusts.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use egress::{Egress, Limits, Networks, Options, Roots, SystemResolver};
use metering::Metrics;
use stdx::Tasks;

use super::read_file;
use crate::config::Settings;
use crate::refusal::Refusal;

/// Opens the way out. `own` is where this server listens, where it never leads.
///
/// # Errors
/// If the operator's certificates cannot be used.
pub(super) fn open(
    settings: &Settings,
    own: Vec<SocketAddr>,
    metrics: Metrics,
) -> anyhow::Result<Arc<Egress>> {
    let mut roots = Roots::system();
    if let Some(path) = &settings.egress_ca {
        let shown = path.display();
        let cannot = || format!("cannot read `{shown}`, which egress-ca names");
        let pem = read_file(path).with_context(cannot)?;
        roots = roots.and(&pem).map_err(|error| {
            Refusal::usage(format!("egress-ca: `{shown}` cannot be used")).because(error)
        })?;
    }
    Ok(Arc::new(Egress::new(Options {
        networks: Networks { allowed: settings.egress_networks.clone(), own },
        limits: Limits::default(),
        roots,
        resolver: Arc::new(SystemResolver::default()),
        // Its own: who waits for requests to end does not wait for connections that are kept.
        tasks: Tasks::new(),
        metrics,
    })))
}
