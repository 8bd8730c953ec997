//! `cargo fuzz run block`

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| e2e::fuzz::run("block", bytes));
