//! The child's side: one upload in, one answer out, and the system ends it when it takes too much.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use bytes::Bytes;
use rustix::process::{Resource, Rlimit, nice, setrlimit};

use super::protocol::{self, Compiled};
use super::{CPU_SECONDS_MAX, MEMORY_BYTES_MAX, code_bytes_max};
use crate::message::Rejection;
use crate::unfit::shortened;
use crate::{CODE_BYTES_MAX, check, engine, pack};

/// How much nicer than its parent a compiling child is: guests and clients come first.
const NICENESS: i32 = 5;

/// Takes an upload from standard input, packs, checks and compiles it, and writes the answer to standard
/// output. This is all that a process does that was started as [`Options::worker`](crate::Options::worker).
pub fn compile_worker() -> ExitCode {
    let answer = match limit() {
        Ok(()) => work(),
        Err(error) => Err(unavailable("its limits cannot be set", &error)),
    };
    let mut out = io::stdout().lock();
    match out.write_all(&protocol::encode(&answer)).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_parent_is_gone) => ExitCode::FAILURE,
    }
}

fn work() -> Result<Compiled, Rejection> {
    let mut code = Vec::new();
    let read = io::stdin().lock().take(CODE_BYTES_MAX as u64 + 1).read_to_end(&mut code);
    read.map_err(|error| unavailable("it cannot read", &error))?;
    let component = pack(&code)?;
    drop(code);
    check(&component)?;
    let engine = engine::for_compiling()
        .map_err(|error| unavailable("there is no engine for this machine", &error))?;
    // What fits and cannot be compiled is past one of the compiler's own limits.
    let code = engine.precompile_component(&component).map_err(|error| {
        let error = shortened(&format!("{error:#}"));
        Rejection::TooComplex(format!("the component is too complex to be compiled: {error}"))
    })?;
    let most = code_bytes_max(component.len());
    if code.len() > most {
        let (is, of) = (code.len(), component.len());
        return Err(Rejection::TooComplex(format!(
            "the component's {of} bytes become {is} bytes of code, and {most} are taken: give its memories less to begin with"
        )));
    }
    Ok(Compiled { component: component.into(), code: Bytes::from(code) })
}

/// Gives up what a compiler does not need.
fn limit() -> io::Result<()> {
    let limits = [
        (Resource::As, MEMORY_BYTES_MAX),
        (Resource::Cpu, CPU_SECONDS_MAX),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        // The standard streams are open; nothing else will be.
        (Resource::Nofile, 3),
    ];
    for (resource, limit) in limits {
        setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) })?;
    }
    // That it goes on with the priority that it has is no reason not to.
    let _ = nice(NICENESS);
    Ok(())
}

fn unavailable(what: &str, error: &dyn std::fmt::Display) -> Rejection {
    Rejection::Unavailable(format!("the compiler does not work, {what}: {error}"))
}
