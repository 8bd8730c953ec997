//! The one place where bytes become code that runs outside of the sandbox's walls.

#![expect(unsafe_code, reason = "native code is loaded; see `deserialize` for why it is ours")]

use bytes::Bytes;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::held::{self, Held};

/// Code that a child of this process made, still in memory as it was answered.
#[derive(Clone, Debug)]
pub(crate) struct Fresh(Bytes);

impl Fresh {
    /// What a child of this process answered.
    pub(crate) fn of_our_compiler(code: Bytes) -> Self {
        Self(code)
    }

    /// The code.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Code that stood in a file under the host key's seal over every byte.
#[derive(Debug)]
pub(crate) struct Kept {
    code: Held,
    bytes: usize,
}

impl Kept {
    /// What stood under our seal. Only the cache may say so.
    pub(crate) fn of_our_seal(code: Held, bytes: usize) -> Self {
        Self { code, bytes }
    }

    /// How many bytes there are.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    #[cfg(test)]
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        self.code.to_vec()
    }
}

/// Loads code that was just made. It is copied: what happens to the source afterwards does not matter.
///
/// # Errors
/// If it was made for another engine or other settings, or needs more of the engine than there is.
pub(crate) fn load(engine: &Engine, code: &Fresh) -> wasmtime::Result<Component> {
    deserialize(engine, code.bytes())
}

/// Loads code that was kept. What it is held in lives as long as the component needs it.
///
/// # Errors
/// As [`load`].
pub(crate) fn load_kept(engine: &Engine, code: &Kept) -> wasmtime::Result<Component> {
    match &code.code {
        Held::Buffer(bytes) => deserialize(engine, bytes),
        // SAFETY: as in `deserialize`, and the file under this path is one without a name, which this process made,
        // filled with the bytes that were checked, and sealed against writing; it stays open for the time of this
        // call. So the engine maps those bytes, and nobody can change them behind the mapping. Who could write to
        // it before it was sealed is said in `held`.
        Held::Sealed(file) => unsafe { Component::deserialize_file(engine, held::path_of(file)) },
    }
}

fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // Needed because compiling happens elsewhere, in a process that may be ended.
    //
    // SAFETY: `deserialize` wants bytes that `precompile_component` gave, unchanged. The two ways to here are our
    // own executable's output through a pipe that nobody else writes to, taken only when it ended well, and a
    // file whose keyed hash was checked over the whole content while it was read into memory. The bytes are
    // immutable since. The engine itself refuses code of another version or other settings. It would break if
    // an artefact came here that a user gave us, or if a file were checked and then read again.
    unsafe { Component::deserialize(engine, code) }
}
