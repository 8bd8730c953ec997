//! One instance and its calls.
//!
//! An instance has a store of its own. A call that ends in a fault may leave anything behind, in the guest's
//! memory and in the engine's books, so whoever made the instance throws it away then.

mod fault;
mod keyed;
mod lambda;
mod lane;
mod limiter;
mod pace;
mod reply;
mod shape;
mod state;
mod stop;
pub(crate) mod ticker;
mod time;
mod work;

use std::sync::Arc;
use std::time::Duration;

use wasmtime::Store;

pub(crate) use lane::SlowLane;
pub(crate) use pace::Pace;
pub(crate) use state::State;
pub(crate) use stop::{NotNow, Stop};
pub(crate) use work::Work;

use crate::loads::{Entries, Prepared};
use crate::memory::Memory;
use crate::message::{Call, Fault, LogLine};

/// Handles that a guest may have at a time.
const HANDLES_MAX: usize = 2000;

/// What lists cost the host besides their bytes is charged to the guest as well; this much is free.
const FREE_FUEL_BYTES: usize = 64 * 1024;

/// A guest that can be called.
pub(crate) struct Instance {
    store: Store<State>,
    entries: Option<Entries>,
    /// How long the guest took to begin, until somebody was told.
    instantiation: Duration,
}

impl Instance {
    /// A store with all limits set, and no guest in it yet.
    pub(crate) fn new<W: Work>(
        prepared: &Prepared,
        call: &Call<W>,
        pace: Pace,
        memory: &Arc<Memory>,
    ) -> Self {
        let mut store = Store::new(prepared.engine(), State::new(call, pace, memory));
        store.limiter(|state| &mut state.limiter);
        store.set_max_component_handles(HANDLES_MAX);
        store.epoch_deadline_callback(|mut store| store.data_mut().pace.tick());
        Self { store, entries: None, instantiation: Duration::ZERO }
    }

    /// Runs one call. The first one makes the guest, which is under the same limits.
    pub(crate) async fn call<W: Work>(
        &mut self,
        prepared: &Prepared,
        call: &Call<W>,
    ) -> Result<W::Output, Fault> {
        let begun = self.store.data_mut().begin(call);
        self.store.set_epoch_deadline(1);
        // The engine allows this much for each crossing, before it makes room for what crosses.
        let fuel = call.limits.output_bytes.saturating_mul(2).saturating_add(FREE_FUEL_BYTES);
        self.store.set_hostcall_fuel(fuel);
        let result = match begun {
            Ok(()) => self.handle(prepared, call).await,
            Err(not_now) => Err(not_now.into()),
        };
        self.store.data_mut().end();
        match result {
            Ok(output) => output,
            Err(error) => Err(fault::of(&error, self.store.data(), &call.limits)),
        }
    }

    async fn handle<W: Work>(
        &mut self,
        prepared: &Prepared,
        call: &Call<W>,
    ) -> wasmtime::Result<Result<W::Output, Fault>> {
        let entries = match self.entries {
            Some(entries) => entries,
            None => {
                let before = self.store.data().pace.passed();
                let entries = prepared.instantiate(&mut self.store).await?;
                self.instantiation = self.store.data().pace.passed().saturating_sub(before);
                if let Err(fault) = W::load(call, entries.load, &mut self.store).await? {
                    return Ok(Err(fault));
                }
                *self.entries.insert(entries)
            }
        };
        W::handle(call, entries, &mut self.store).await
    }

    /// Whether it has come so far that it can be called again.
    pub(crate) fn is_ready(&self) -> bool {
        self.entries.is_some()
    }

    /// Bytes of its linear memories.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.store.data().limiter.memory_bytes()
    }

    /// How long it took to make the guest, if that was in the last call.
    pub(crate) fn take_instantiation(&mut self) -> Duration {
        std::mem::take(&mut self.instantiation)
    }

    /// What it wrote in the last call.
    pub(crate) fn take_log(&mut self) -> Vec<LogLine> {
        std::mem::take(&mut self.store.data_mut().journal).finish()
    }
}
