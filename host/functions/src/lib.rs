//! Running components.
#![forbid(unsafe_code)]
