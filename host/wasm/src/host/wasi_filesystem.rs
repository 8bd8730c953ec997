//! `wasi:filesystem`: there is none. Nothing is open beforehand, so nothing can be opened, and every function
//! that takes what was opened can only be called by a guest that invents it.

use wasmtime::StoreContextMut;
use wasmtime::component::{LinkerInstance, Resource, ResourceType};

use crate::run::State;

/// An open file or directory; there are none.
struct Descriptor;

/// A directory that is being listed; there are none.
struct DirectoryEntries;

pub(super) fn link_types(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    interface.resource("descriptor", ResourceType::host::<Descriptor>(), |_, _| Ok(()))?;
    let entries = ResourceType::host::<DirectoryEntries>();
    interface.resource("directory-entry-stream", entries, |_, _| Ok(()))
}

pub(super) fn link_preopens(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    let none = |_store: StoreContextMut<'_, State>, (): ()| {
        Ok((Vec::<(Resource<Descriptor>, String)>::new(),))
    };
    interface.func_wrap("get-directories", none)
}
