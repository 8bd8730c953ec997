//! [`Blob`]: files named by their digest, written beside, synced, renamed, and the folder synced.

use async_trait::async_trait;
use bytes::Bytes;
use stdx::DataDir;
use storage::{Blob, Digest, Error, Kind, Result};

use crate::Sqlite;
use crate::error::Stop;
use crate::workers::SYSTEM;

/// Only the owner reads blobs: they are tenants' code and data.
pub(crate) const MODE: u32 = 0o600;

fn unavailable(error: std::io::Error) -> Stop {
    let is_full = error.kind() == std::io::ErrorKind::StorageFull;
    let kind = if is_full { Kind::Full } else { Kind::Unavailable };
    Stop::Refuse(Error::with_source(kind, "blob", error))
}

#[async_trait]
impl Blob for Sqlite {
    async fn put_blob(&self, bytes: Bytes) -> Result<Digest> {
        self.check_room()?;
        let blobs = self.blobs.clone();
        self.workers
            .ask(SYSTEM, move |_db| {
                let digest = Digest::of(&bytes);
                let name = digest.to_string();
                let known = blobs.read(&name).map_err(unavailable)?;
                let put = match known {
                    // Whoever put it may have come no further than its name.
                    Some(known) if known == bytes => blobs.sync(),
                    // A damaged file is written anew.
                    _ => blobs.replace(&name, &bytes, MODE),
                };
                put.map(|()| digest).map_err(unavailable)
            })
            .await
    }

    async fn get_blob(&self, digest: Digest) -> Result<Bytes> {
        let blobs = self.blobs.clone();
        self.workers
            .ask(SYSTEM, move |_db| match blobs.read(&digest.to_string()).map_err(unavailable)? {
                None => {
                    let text = format!("blob {digest} does not exist");
                    Err(Stop::Refuse(Error::new(Kind::NotFound, text)))
                }
                Some(bytes) if Digest::of(&bytes) == digest => Ok(Bytes::from(bytes)),
                Some(_) => {
                    let text = format!("blob {digest} no longer has its digest");
                    Err(Stop::Refuse(Error::new(Kind::Damaged, text)))
                }
            })
            .await
    }

    async fn delete_blob(&self, digest: Digest) -> Result<()> {
        if self.shared.backups.is_running() {
            let text = "blobs stay while a backup is being made";
            return Err(Error::new(Kind::Unavailable, text));
        }
        let blobs = self.blobs.clone();
        self.workers
            .ask(SYSTEM, move |_db| blobs.remove(&digest.to_string()).map_err(unavailable))
            .await
    }

    async fn list_blobs(&self) -> Result<Vec<Digest>> {
        let blobs = self.blobs.clone();
        self.workers.ask(SYSTEM, move |_db| names(&blobs)).await
    }
}

/// The blobs that there are.
pub(crate) fn names(blobs: &DataDir) -> Result<Vec<Digest>, Stop> {
    let names = blobs.names().map_err(unavailable)?;
    Ok(names.iter().filter_map(|name| parse(name)).collect())
}

/// Reads a blob: how long it is, and what is wrong with it. One that was deleted meanwhile is none.
pub(crate) fn look(blobs: &DataDir, digest: Digest) -> Result<(u64, Vec<String>), Stop> {
    let Some(bytes) = blobs.read(&digest.to_string()).map_err(unavailable)? else {
        return Ok((0, Vec::new()));
    };
    let is_sound = Digest::of(&bytes) == digest;
    let finding = || format!("blob {digest} no longer has its digest");
    Ok((bytes.len() as u64, (!is_sound).then(finding).into_iter().collect()))
}

/// The digest that a file's name tells; other names are leftovers of interrupted writes.
pub(crate) fn parse(name: &str) -> Option<Digest> {
    if name.len() != 64 || !name.is_ascii() {
        return None;
    }
    let mut digest = [0; 32];
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(name.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(Digest(digest))
}
