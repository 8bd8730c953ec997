//! Backups: a directory with a copy of the store, the files beside it, and a manifest that tells what must be
//! there, byte by byte. The format has a page, `host/docs/formats/backup.md`.
//!
//! [`make`] writes one from an open store, [`check`] tells whether one is whole, [`restore`] makes a data
//! directory of one, [`Spool`] holds the one that a running server makes for somebody who then fetches it.

mod check;
mod digest;
mod make;
mod manifest;
mod restore;
mod spool;

pub(crate) use check::{Checked, check};
pub(crate) use make::{Source, make};
pub(crate) use manifest::{FileEntry, MANIFEST, Manifest};
pub(crate) use restore::{Restored, date, restore};
pub(crate) use spool::{Spool, SpoolError, State};

/// Files of a backup are for their owner only: keys are among them, and everybody's records.
const MODE: u32 = 0o600;
