//! `cargo fuzz run aggregate`

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| e2e::fuzz::run("aggregate", bytes));
