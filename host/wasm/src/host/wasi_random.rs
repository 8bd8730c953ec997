//! `wasi:random`: for a transform bytes that follow from the batch, so that a batch that is tried again gives the
//! same reply; they are no secret. For a handler they follow from what its caller drew for the call.

use wasmtime::StoreContextMut;
use wasmtime::component::LinkerInstance;

use crate::run::{State, Stop};

/// Bytes that one call gives.
const BYTES_MAX: u64 = 64 * 1024;

/// Links the two functions that secure and insecure randomness have, under different names.
pub(super) fn link(interface: &mut LinkerInstance<'_, State>, name: &str) -> wasmtime::Result<()> {
    let (bytes, number) = match name {
        "wasi:random/insecure" => ("get-insecure-random-bytes", "get-insecure-random-u64"),
        _ => ("get-random-bytes", "get-random-u64"),
    };
    interface.func_wrap(bytes, get_bytes)?;
    interface.func_wrap(number, |mut store: StoreContextMut<'_, State>, (): ()| {
        Ok((u64::from_le_bytes(store.data_mut().random()),))
    })
}

pub(super) fn link_seed(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    interface.func_wrap("insecure-seed", |mut store: StoreContextMut<'_, State>, (): ()| {
        let state = store.data_mut();
        let pair = (u64::from_le_bytes(state.random()), u64::from_le_bytes(state.random()));
        Ok((pair,))
    })
}

fn get_bytes(
    mut store: StoreContextMut<'_, State>,
    (count,): (u64,),
) -> wasmtime::Result<(Vec<u8>,)> {
    match usize::try_from(count) {
        Ok(bytes) if count <= BYTES_MAX => Ok((store.data_mut().random_bytes(bytes),)),
        _ => Err(Stop::Random.into()),
    }
}
