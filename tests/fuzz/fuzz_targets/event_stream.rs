//! `cargo fuzz run event_stream`

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| e2e::fuzz::run("event_stream", bytes));
