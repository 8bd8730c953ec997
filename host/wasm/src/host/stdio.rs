//! `shardmill:preview1/stdio`: what packed modules write to standard output and standard error becomes lines
//! of the log.

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lift, LinkerInstance, WasmList};

use crate::run::State;

/// Links `write`.
pub(super) fn link(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    interface.func_wrap("write", |store, (to, bytes): (StreamOut, WasmList<u8>)| {
        write(store, matches!(to, StreamOut::Stderr), &bytes);
        Ok(())
    })
}

/// Takes bytes for a standard stream.
pub(super) fn write(mut store: StoreContextMut<'_, State>, is_error: bool, bytes: &WasmList<u8>) {
    // Each line costs something, so what is past this room could only be left out.
    let room = store.data().journal.room();
    let all = bytes.as_le_slice(&store);
    let kept = all[..all.len().min(room.saturating_add(1))].to_vec();
    store.data_mut().journal.write_stream(is_error, &kept);
}

/// `stdio.stream`.
#[expect(dead_code, reason = "guests make them")]
#[derive(Clone, Copy, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
enum StreamOut {
    #[component(name = "stdout")]
    Stdout,
    #[component(name = "stderr")]
    Stderr,
}
