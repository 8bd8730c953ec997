//! From what the engine says to why a call gave no reply.

use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};

use super::state::State;
use super::stop::{NotNow, Stop};
use crate::message::{Fault, Limits};
use crate::unfit::{cut, shortened};

/// Bytes of a frame's name.
const FRAME_BYTES_MAX: usize = 256;

/// What the engine says when a guest hands over more than its store lets it. Its type is not public.
const FUEL: &str = "fuel allocated for hostcalls has been exhausted";

/// Why the call ended with `error`.
pub(super) fn of(error: &wasmtime::Error, state: &State, limits: &Limits) -> Fault {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return match stop {
            Stop::Time => Fault::TimedOut(limits.time),
            Stop::Output => Fault::OutputTooLarge(limits.output_bytes),
            Stop::Exit | Stop::Random | Stop::Outside | Stop::Wait => {
                trapped(&stop.to_string(), error)
            }
        };
    }
    if let Some(NotNow(why)) = error.downcast_ref::<NotNow>() {
        return Fault::NotRun(why.clone());
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return Fault::NotRun("too many functions are running".to_owned());
    }
    let root = error.root_cause().to_string();
    if root.contains(FUEL) {
        return Fault::OutputTooLarge(limits.output_bytes);
    }
    if let Some(Trap::StackOverflow) = error.downcast_ref::<Trap>() {
        return Fault::StackOverflow(backtrace(error));
    }
    if state.limiter.is_refused() {
        return Fault::OutOfMemory(state.limiter.memory_bytes_max());
    }
    match error.downcast_ref::<Trap>() {
        Some(trap) => {
            let trap = trap.to_string();
            trapped(trap.strip_prefix("wasm trap: ").unwrap_or(&trap), error)
        }
        // The engine could not make sense of what the guest gave, or could not make the instance.
        None if error.is::<WasmBacktrace>() => trapped(&root, error),
        None => Fault::Malformed(shortened(&root)),
    }
}

fn trapped(what: &str, error: &wasmtime::Error) -> Fault {
    let what = format!("function trapped: {}", shortened(what));
    Fault::Trapped { what, backtrace: backtrace(error) }
}

/// The frames, the innermost first, one text each.
fn backtrace(error: &wasmtime::Error) -> Vec<String> {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    // The engine bounds the frames, and knows how to undo the mangling of names.
    let text = trace.to_string();
    let mut frames: Vec<String> = Vec::new();
    for line in text.lines().skip(1) {
        let line = line.trim_start();
        match (line.split_once(": "), frames.last_mut()) {
            (Some((number, frame)), _) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                let name = frame.split_once(" - ").map_or(frame, |(_offset, name)| name);
                frames.push(shortened(name));
            }
            (_, Some(frame)) if !line.starts_with("note:") => {
                frame.push(' ');
                frame.push_str(&shortened(line));
            }
            _ => {}
        }
    }
    frames.iter().map(|frame| cut(frame, FRAME_BYTES_MAX)).collect()
}
