//! The engine's ticks: at each, running guests look whether their time is over. There are none while no guest
//! runs, so that an idle process is idle.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use stdx::Tasks;
use wasmtime::{Engine, EngineWeak};

/// From one tick to the next.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Ticks while guests run.
#[derive(Debug)]
pub(crate) struct Ticker {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    /// Whether the thread waits for a guest.
    is_idle: bool,
    is_over: bool,
}

/// A guest that runs.
#[derive(Debug)]
pub(crate) struct Running {
    shared: Arc<Shared>,
}

impl Ticker {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the system gives none.
    pub(crate) fn start(engine: &Engine, tasks: &Tasks) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (of_thread, engine) = (Arc::clone(&shared), engine.weak());
        tasks.thread("wasm-ticker", move || tick(&of_thread, &engine))?;
        Ok(Self { shared })
    }

    /// Ticks for as long as the result lives.
    pub(crate) fn running(&self) -> Running {
        let mut state = self.shared.state.lock();
        state.running += 1;
        if state.is_idle {
            self.shared.changed.notify_one();
        }
        Running { shared: Arc::clone(&self.shared) }
    }

    /// How many guests run.
    pub(crate) fn count(&self) -> usize {
        self.shared.state.lock().running
    }
}

fn tick(shared: &Shared, engine: &EngineWeak) {
    let mut state = shared.state.lock();
    while !state.is_over {
        if state.running == 0 {
            state.is_idle = true;
            shared.changed.wait(&mut state);
            state.is_idle = false;
            continue;
        }
        shared.changed.wait_for(&mut state, TICK);
        let Some(engine) = engine.upgrade() else { return };
        engine.increment_epoch();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.state.lock().running -= 1;
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.state.lock().is_over = true;
        self.shared.changed.notify_one();
    }
}
