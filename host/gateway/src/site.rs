//! What all connections share: the door and what follows from it.

use std::sync::Arc;

use crate::Door;
use crate::budget::Budget;
use crate::resolve::Routes;

pub(crate) struct Site {
    pub(crate) door: Arc<Door>,
    pub(crate) routes: Routes,
    pub(crate) budget: Budget,
}

impl Site {
    pub(crate) fn new(door: Arc<Door>) -> Self {
        Self {
            routes: Routes::new(&door.apis, &door.metrics),
            budget: Budget::new(&door.limits, door.metrics.clone()),
            door,
        }
    }
}
