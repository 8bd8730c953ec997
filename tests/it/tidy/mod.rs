//! Rules as tests: floors, lengths, documents, formatting, lints.

mod adr;
mod architecture;
mod compatibility;
mod deny;
mod floors;
mod lints;
mod machines;
mod ratchets;
mod semantics;
mod source;
