//! `wasi:clocks`: for a transform the time of the batch, which goes on a microsecond at each look and by what is
//! slept; for a handler the time of day, and what it slept. To sleep takes no time, but a handler's own.

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, LinkerInstance, Lower, Resource};

use super::wasi_io::Pollable;
use crate::run::State;

/// Both clocks' resolution, in nanoseconds.
const RESOLUTION_NANOS: u32 = 1000;

pub(super) fn link_wall(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    interface.func_wrap("now", |mut store: StoreContextMut<'_, State>, (): ()| {
        Ok((Datetime::of(store.data_mut().look_at_clock()),))
    })?;
    interface.func_wrap("resolution", |_store, (): ()| Ok((Datetime::of(RESOLUTION_NANOS.into()),)))
}

pub(super) fn link_monotonic(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    interface.func_wrap("now", |mut store: StoreContextMut<'_, State>, (): ()| {
        Ok((store.data_mut().look_at_steady_clock(),))
    })?;
    interface.func_wrap("resolution", |_store, (): ()| Ok((u64::from(RESOLUTION_NANOS),)))?;
    interface
        .func_wrap("subscribe-duration", |store, (nanos,): (u64,)| Ok((wait(store, nanos),)))?;
    let instant = |mut store: StoreContextMut<'_, State>, (when,): (u64,)| {
        let nanos = when.saturating_sub(store.data_mut().look_at_steady_clock());
        Ok((wait(store, nanos),))
    };
    interface.func_wrap("subscribe-instant", instant)
}

/// What is over after so long.
fn wait(mut store: StoreContextMut<'_, State>, nanos: u64) -> Resource<Pollable> {
    Resource::new_own(store.data_mut().timer(nanos))
}

/// `wall-clock.datetime`.
#[derive(Clone, Copy, ComponentType, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

impl Datetime {
    fn of(nanos: u64) -> Self {
        let below = u32::try_from(nanos % 1_000_000_000).unwrap_or_default();
        Self { seconds: nanos / 1_000_000_000, nanoseconds: below }
    }
}
