//! Records in and out.

mod get_records;
mod iterators;
mod limits;
mod put_record;
mod put_records;
mod restart;
mod retention;
mod retention_changes;
mod spread;
mod trimming;
