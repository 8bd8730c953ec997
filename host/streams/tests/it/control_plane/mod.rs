//! Making, describing, listing and deleting streams.

mod account_settings;
mod create;
mod describe;
mod limits;
mod list_shards;
mod list_streams;
mod modes;
mod record_settings;
mod table;
mod tags;
