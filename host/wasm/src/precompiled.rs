//! The one place where bytes become code that runs outside of the sandbox's walls.

#![expect(unsafe_code, reason = "native code is loaded; see Authentic for why it is ours")]

use bytes::Bytes;
use wasmtime::Engine;
use wasmtime::component::Component;

/// Code that our own compiler made. Whoever has one has it from a child that this process started, or from a
/// file that carries the host key's seal over every byte.
#[derive(Clone, Debug)]
pub(crate) struct Authentic(Bytes);

impl Authentic {
    /// What a child of this process answered.
    pub(crate) fn of_our_compiler(code: Bytes) -> Self {
        Self(code)
    }

    /// What stood under our seal. Only the cache may say so.
    pub(crate) fn of_our_seal(code: Bytes) -> Self {
        Self(code)
    }

    /// The code.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Loads code. It is copied: what happens to the source afterwards does not matter.
///
/// # Errors
/// If it was made for another engine or other settings, or needs more of the engine than there is.
pub(crate) fn load(engine: &Engine, code: &Authentic) -> wasmtime::Result<Component> {
    // Needed because compiling happens elsewhere, in a process that may be ended.
    //
    // SAFETY: `deserialize` wants bytes that `precompile_component` gave, unchanged. The two ways to an
    // `Authentic` are our own executable's output through a pipe that nobody else writes to, taken only when it
    // ended well, and a file whose keyed hash was checked over the whole content after it was read into
    // memory. The bytes are immutable since. The engine itself refuses code of another version or other
    // settings. It would break if an artefact came here that a user gave us, or if a file were checked and then
    // read again.
    unsafe { Component::deserialize(engine, code.bytes()) }
}
