//! What the service does by itself, besides answering.

use std::sync::Arc;

use stdx::Tasks;

use crate::Streams;

impl Streams {
    /// Begins to work by itself, until `tasks` are stopped. Without it nothing is lost: what was begun waits.
    pub fn start(self: &Arc<Self>, tasks: &Tasks) {
        tasks.spawn("reshape", Arc::clone(self).keep_reshaping(tasks.shutdown()));
        tasks.spawn("data keys", Arc::clone(self).draw_wanted(tasks.shutdown()));
    }
}
