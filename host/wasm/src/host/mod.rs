//! What guests may call: one file for each group of interfaces.
//!
//! No function here touches the operating system, or keeps more for a guest than a constant says, and only those of a
//! consumer wait: for what its caller answers, and no longer than the guest may run.
//! A guest's mistake is an error value where the interface has one, and a [`Stop`](crate::run::Stop) otherwise.

mod access;
mod config;
mod http;
mod log;
mod secrets;
mod state;
mod stdio;
mod timers;
mod wasi_cli;
mod wasi_clocks;
mod wasi_filesystem;
mod wasi_io;
mod wasi_random;
mod wasi_sockets;

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, LinkerInstance};

use crate::check::allowed;
use crate::run::State;

/// Links what `component` imports, which was checked to be allowed. What a runtime imports but a function has
/// no use for ends the guest when it is called.
///
/// # Errors
/// If the component's idea of an interface's types is another.
pub(crate) fn link(component: &Component) -> wasmtime::Result<Linker<State>> {
    let engine = component.engine();
    let mut linker = Linker::new(engine);
    linker.allow_shadowing(true);
    let world = component.component_type();
    for (name, item) in world.imports(engine) {
        // Under the very version that is imported, which may be any that fits.
        let mut interface = linker.instance(name)?;
        if let ComponentItem::ComponentInstance(imported) = item.ty {
            for (function, item) in imported.exports(engine) {
                if matches!(item.ty, ComponentItem::ComponentFunc(_)) {
                    link_nothing(name, function, &mut interface)?;
                }
            }
        }
        match allowed::wasi(name) {
            Some(wasi) => link_wasi(wasi, &mut interface)?,
            None => link_own(name, &mut interface)?,
        }
    }
    Ok(linker)
}

/// Links what ends the guest, in case that nothing better is linked later.
fn link_nothing(
    interface_name: &str,
    name: &str,
    interface: &mut LinkerInstance<'_, State>,
) -> wasmtime::Result<()> {
    let what = format!("called {interface_name}#{name}, which does nothing in a function");
    interface.func_new(name, move |_store, _type, _parameters, _results| {
        Err(wasmtime::Error::msg(what.clone()))
    })
}

fn link_own(name: &str, interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    match name {
        "shardmill:guest/log@0.1.0" => log::link(interface),
        "shardmill:guest/config@0.1.0" => config::link(interface),
        "shardmill:guest/state@0.1.0" => state::link(interface),
        "shardmill:guest/timers@0.1.0" => timers::link(interface),
        "shardmill:guest/secrets@0.1.0" => secrets::link(interface),
        "shardmill:guest/http@0.1.0" => http::link(interface),
        allowed::STDIO => stdio::link(interface),
        // Interfaces that only have types.
        _ => Ok(()),
    }
}

fn link_wasi(name: &str, interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    match name {
        "wasi:cli/environment" => wasi_cli::link_environment(interface),
        "wasi:cli/exit" => wasi_cli::link_exit(interface),
        "wasi:cli/stdin" => wasi_cli::link_stdin(interface),
        "wasi:cli/stdout" => wasi_cli::link_stdout(interface),
        "wasi:cli/stderr" => wasi_cli::link_stderr(interface),
        "wasi:cli/terminal-input" => wasi_cli::link_terminal_input(interface),
        "wasi:cli/terminal-output" => wasi_cli::link_terminal_output(interface),
        "wasi:cli/terminal-stdin" => wasi_cli::link_terminal_stdin(interface),
        "wasi:cli/terminal-stdout" => wasi_cli::link_no_terminal(interface, "get-terminal-stdout"),
        "wasi:cli/terminal-stderr" => wasi_cli::link_no_terminal(interface, "get-terminal-stderr"),
        "wasi:clocks/wall-clock" => wasi_clocks::link_wall(interface),
        "wasi:clocks/monotonic-clock" => wasi_clocks::link_monotonic(interface),
        "wasi:filesystem/types" => wasi_filesystem::link_types(interface),
        "wasi:filesystem/preopens" => wasi_filesystem::link_preopens(interface),
        "wasi:io/error" => wasi_io::link_error(interface),
        "wasi:io/poll" => wasi_io::link_poll(interface),
        "wasi:io/streams" => wasi_io::link_streams(interface),
        "wasi:random/random" | "wasi:random/insecure" => wasi_random::link(interface, name),
        "wasi:random/insecure-seed" => wasi_random::link_seed(interface),
        // Time zones have no answer here, and sockets are none.
        name => wasi_sockets::link(interface, name),
    }
}
