//! `cargo fuzz run json_request`

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| e2e::fuzz::run("json_request", bytes));
