//! `shardmill:guest/log`: lines for whoever operates the function, up to a quota.

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lift, LinkerInstance, WasmStr};

use crate::message;
use crate::run::State;
use crate::unfit::cut;

/// Links `write`.
pub(super) fn link(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    interface.func_wrap("write", write)
}

fn write(
    mut store: StoreContextMut<'_, State>,
    (level, message): (LevelOut, WasmStr),
) -> wasmtime::Result<()> {
    let room = store.data().journal.room();
    if room == 0 {
        return Ok(());
    }
    let text = message.to_str(&store)?;
    // Copied out of the guest's memory only as far as there is room.
    let kept = if text.len() > room { cut(&text, room) } else { text.into_owned() };
    store.data_mut().journal.write(level.into(), &kept);
    Ok(())
}

/// `log.level`.
#[expect(dead_code, reason = "guests make them")]
#[derive(Clone, Copy, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
enum LevelOut {
    #[component(name = "trace")]
    Trace,
    #[component(name = "debug")]
    Debug,
    #[component(name = "info")]
    Info,
    #[component(name = "warn")]
    Warn,
    #[component(name = "error")]
    Error,
}

impl From<LevelOut> for message::Level {
    fn from(level: LevelOut) -> Self {
        match level {
            LevelOut::Trace => Self::Trace,
            LevelOut::Debug => Self::Debug,
            LevelOut::Info => Self::Info,
            LevelOut::Warn => Self::Warn,
            LevelOut::Error => Self::Error,
        }
    }
}
