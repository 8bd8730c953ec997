//! `shardmill:guest/config`: the function's variables.

use wasmtime::StoreContextMut;
use wasmtime::component::{LinkerInstance, WasmStr};

use crate::run::State;

/// Links `get` and `all`.
pub(super) fn link(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    interface.func_wrap("get", get)?;
    interface.func_wrap("all", |store, (): ()| Ok((all(&store),)))
}

fn get(
    mut store: StoreContextMut<'_, State>,
    (key,): (WasmStr,),
) -> wasmtime::Result<(Option<String>,)> {
    let bytes = key.to_str(&store)?.len();
    store.data_mut().hand(bytes)?;
    let key = key.to_str(&store)?;
    let variables = &store.data().environment;
    let found = variables.iter().find(|(name, _)| *name == *key);
    Ok((found.map(|(_, value)| value.clone()),))
}

/// All variables, as they were given.
pub(super) fn all(store: &StoreContextMut<'_, State>) -> Vec<(String, String)> {
    store.data().environment.to_vec()
}
