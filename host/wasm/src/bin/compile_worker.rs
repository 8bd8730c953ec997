//! What the tests of this crate start to compile: the real child, in a program that does nothing else.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    wasm::compile_worker()
}
