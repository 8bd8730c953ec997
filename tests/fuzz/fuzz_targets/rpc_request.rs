//! `cargo fuzz run rpc_request`

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| e2e::fuzz::run("rpc_request", bytes));
