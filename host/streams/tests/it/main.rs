//! The service behind its table of operations, on a store in memory and a clock that is moved by hand.

mod control_plane;
mod data_plane;
mod model;
mod support;
