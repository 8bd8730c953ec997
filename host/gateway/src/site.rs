//! What all connections share: the door and what follows from it.

use std::sync::Arc;

use crate::Door;
use crate::budget::{Budget, Terms};
use crate::resolve::Routes;

pub(crate) struct Site {
    pub(crate) door: Arc<Door>,
    pub(crate) routes: Routes,
    pub(crate) bodies: Arc<Budget>,
    pub(crate) replies: Arc<Budget>,
}

impl Site {
    pub(crate) fn new(door: Arc<Door>) -> Self {
        Self {
            routes: Routes::new(&door.apis, &door.metrics),
            bodies: bodies(&door),
            replies: replies(&door),
            door,
        }
    }
}

fn bodies(door: &Door) -> Arc<Budget> {
    let operations = door.apis.iter().flat_map(|api| api.operations());
    let largest = operations.map(|info| info.body_limit).max().unwrap_or_default();
    let numbers = &door.metrics.door;
    Budget::new(Terms {
        of: "request bodies",
        bytes: door.limits.body_budget_bytes,
        bytes_each: door.limits.body_budget_bytes_each(largest),
        wait: door.limits.body_budget_wait,
        in_flight: numbers.body_in_flight_bytes.clone(),
        refusals: numbers.body_budget_refusals.clone(),
    })
}

fn replies(door: &Door) -> Arc<Budget> {
    let numbers = &door.metrics.door;
    Budget::new(Terms {
        of: "replies",
        bytes: door.limits.reply_budget_bytes,
        bytes_each: door.limits.reply_budget_bytes_each(),
        wait: door.limits.body_budget_wait,
        in_flight: numbers.reply_in_flight_bytes.clone(),
        refusals: numbers.reply_budget_refusals.clone(),
    })
}
