//! CloudWatch's metrics, on the store and the clock of the node.

use std::sync::Arc;

use ::monitoring::{Monitoring, Surroundings};
use wire::token::Sealer;

use super::Engine;
use crate::client::Seams;

pub(super) fn open(engine: &Engine, seams: &Seams, sealer: Sealer) -> Arc<Monitoring> {
    Arc::new(Monitoring::new(Surroundings {
        store: engine.store(),
        clock: Arc::clone(&seams.clock),
        entropy: Arc::clone(&seams.entropy),
        sealer,
    }))
}
