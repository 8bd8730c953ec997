//! `shardmill:guest/timers`: times at which a guest wants to be called for a partition key.

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lift, LinkerInstance};

use super::access::{self, Told};
use crate::message::{RowName, SetTimer};
use crate::run::State;

/// Links `now` and `set-many`.
pub(super) fn link(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    interface.func_wrap("now", |store, (): ()| Ok((store.data().begun_ms(),)))?;
    interface.func_wrap("set-many", set_many)
}

fn set_many(mut store: StoreContextMut<'_, State>, (timers,): (Vec<TimerOut>,)) -> Told<()> {
    if timers.len() > access::ROWS_MAX {
        return access::too_many(timers.len());
    }
    let bytes = |timer: &TimerOut| 32 + timer.key.len() + timer.name.len();
    store.data_mut().hand(timers.iter().map(bytes).sum())?;
    let set = |TimerOut { key, name, due_ms }| SetTimer { row: RowName { key, name }, due_ms };
    let outside = store.data().outside()?;
    access::tell(outside.set_timers(timers.into_iter().map(set).collect()), |()| ())
}

/// `timers.timer`.
#[derive(ComponentType, Lift)]
#[component(record)]
struct TimerOut {
    key: String,
    name: String,
    #[component(name = "due-ms")]
    due_ms: Option<u64>,
}
