//! `cargo fuzz run cbor_request`

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| e2e::fuzz::run("cbor_request", bytes));
