//! `wasi:cli`: the function's variables, no arguments, an empty standard input, output to the log, no
//! terminal. To exit ends the guest as a trap does.

use wasmtime::StoreContextMut;
use wasmtime::component::{LinkerInstance, Resource, ResourceType};

use super::config;
use super::wasi_io::{InputStream, OutputStream};
use crate::run::{State, Stop};

/// A terminal that reads; there are none.
struct TerminalInput;

/// A terminal that shows; there are none.
struct TerminalOutput;

pub(super) fn link_environment(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    interface.func_wrap("get-environment", |store, (): ()| Ok((config::all(&store),)))?;
    interface.func_wrap("get-arguments", |_store, (): ()| Ok((Vec::<String>::new(),)))?;
    interface.func_wrap("initial-cwd", |_store, (): ()| Ok((None::<String>,)))
}

pub(super) fn link_exit(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    interface.func_wrap("exit", |_store, (_status,): (Result<(), ()>,)| -> wasmtime::Result<()> {
        Err(Stop::Exit.into())
    })
}

pub(super) fn link_stdin(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    let stream =
        |_store: StoreContextMut<'_, State>, (): ()| Ok((Resource::<InputStream>::new_own(0),));
    interface.func_wrap("get-stdin", stream)
}

pub(super) fn link_stdout(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    let stream = |_store: StoreContextMut<'_, State>, (): ()| {
        Ok((Resource::<OutputStream>::new_own(OutputStream::STDOUT),))
    };
    interface.func_wrap("get-stdout", stream)
}

pub(super) fn link_stderr(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    let stream = |_store: StoreContextMut<'_, State>, (): ()| {
        Ok((Resource::<OutputStream>::new_own(OutputStream::STDERR),))
    };
    interface.func_wrap("get-stderr", stream)
}

pub(super) fn link_terminal_input(
    interface: &mut LinkerInstance<'_, State>,
) -> wasmtime::Result<()> {
    interface.resource("terminal-input", ResourceType::host::<TerminalInput>(), |_, _| Ok(()))
}

pub(super) fn link_terminal_output(
    interface: &mut LinkerInstance<'_, State>,
) -> wasmtime::Result<()> {
    interface.resource("terminal-output", ResourceType::host::<TerminalOutput>(), |_, _| Ok(()))
}

pub(super) fn link_terminal_stdin(
    interface: &mut LinkerInstance<'_, State>,
) -> wasmtime::Result<()> {
    let none = |_store: StoreContextMut<'_, State>, (): ()| Ok((None::<Resource<TerminalInput>>,));
    interface.func_wrap("get-terminal-stdin", none)
}

/// That of standard output or of standard error.
pub(super) fn link_no_terminal(
    interface: &mut LinkerInstance<'_, State>,
    function: &str,
) -> wasmtime::Result<()> {
    let none = |_store: StoreContextMut<'_, State>, (): ()| Ok((None::<Resource<TerminalOutput>>,));
    interface.func_wrap(function, none)
}
