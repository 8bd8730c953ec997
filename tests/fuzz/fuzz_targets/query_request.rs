//! `cargo fuzz run query_request`

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| e2e::fuzz::run("query_request", bytes));
