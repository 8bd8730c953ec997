//! Thirty days and more of on-demand streams under several loads.

mod curves;
mod decisions;
mod world;
