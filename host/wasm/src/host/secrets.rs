//! `shardmill:guest/secrets`: secrets by name, and what they say to who may know.

use stdx::Secret;
use wasmtime::StoreContextMut;
use wasmtime::component::LinkerInstance;

use super::access::{self, Told};
use crate::run::State;

/// Links `open` and `reveal`.
pub(super) fn link(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    interface.func_wrap("open", open)?;
    interface.func_wrap("reveal", reveal)
}

fn open(mut store: StoreContextMut<'_, State>, (name,): (String,)) -> Told<u32> {
    store.data_mut().hand(name.len())?;
    access::tell(store.data().outside()?.open_secret(name), |secret| secret)
}

fn reveal(store: StoreContextMut<'_, State>, (secret,): (u32,)) -> Told<String> {
    let answer = store.data().outside()?.reveal_secret(secret);
    access::tell(answer, |secret: Secret<String>| secret.expose().clone())
}
