//! Making, describing, listing and deleting streams.

mod create;
mod describe;
mod limits;
mod list_shards;
mod list_streams;
mod table;
mod tags;
