//! Code at hand from the start: what mapped functions run is loaded when the server starts, so that the first record
//! after a restart waits for an instance and not for code.
//!
//! To read, hash and link what was compiled took 12 ms for a function in Go, whose code has 10 MB, and 49 ms
//! for one in Python with 35 MB; both then had an instance within 2.5 ms (`shardmill guest bench`, two idle cores). Loaded at
//! the start, the first record took up to 7 ms longer from its put to the output than later ones. What was compiled for
//! another processor, or is not in the cache any more, is compiled.

use std::collections::HashSet;

use wasm::ComponentId;

use crate::Functions;
use crate::catalog::MappingIndex;
use crate::mapping::Phase;

/// Components that are loaded at the start at most. The sandbox keeps 512 of them or 256 MB, whichever comes first; the
/// rest is left to those that are called.
const AT_START_MAX: usize = 64;

impl Functions {
    /// Loads what enabled mappings call, one component after the other. One that cannot be loaded is told of in the log, and
    /// again by the mapping once there is something to call it with.
    pub(crate) async fn bring_to_hand(&self) {
        for component in self.mapped_components() {
            if let Err(rejection) = self.around.sandbox.ready(component, true).await {
                tracing::warn!(%rejection, "the code of a mapped function cannot be loaded");
            }
        }
    }

    /// What is not source code; interpreters are loaded apart.
    fn mapped_components(&self) -> Vec<ComponentId> {
        let mappings = self.mappings.look(MappingIndex::all);
        let enabled = mappings.iter().filter(|it| it.facts.phase == Phase::Enabled);
        let functions = enabled.filter_map(|it| self.find(&it.facts.function_arn()).ok());
        let components = functions.filter(|it| it.facts.code.language.is_none());
        let mut seen = HashSet::new();
        components
            .map(|it| ComponentId(it.facts.code.component.0))
            .filter(|id| seen.insert(*id))
            .take(AT_START_MAX)
            .collect()
    }
}
