//! Room: how much there is on the disk of a data directory, and files that hold some of it.

use std::io::{self, Write};

use super::DataDir;

/// The file system that a directory lies on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bytes that this process may still write.
    pub free_bytes: u64,
    /// Bytes that the file system has, used ones included.
    pub total_bytes: u64,
    /// What kind it is, as far as known: `ext2/ext3/ext4`, `tmpfs`, `NFS`.
    pub kind: Option<&'static str>,
    /// Whether it lies on another machine, where syncs and locks may not hold.
    pub is_remote: bool,
}

/// The kinds that people use: their magic numbers on Linux, their names, and whether they are remote.
const KINDS: [(u64, &str, bool); 17] = [
    (0xEF53, "ext2/ext3/ext4", false),
    (0x5846_5342, "XFS", false),
    (0x9123_683E, "Btrfs", false),
    (0x2FC1_2FC1, "ZFS", false),
    (0xF2F5_2010, "F2FS", false),
    (0xCA45_1A4E, "bcachefs", false),
    (0x0102_1994, "tmpfs", false),
    (0x8584_58F6, "ramfs", false),
    (0x794C_7630, "overlayfs", false),
    (0x4D44, "FAT", false),
    (0x2011_BAB0, "exFAT", false),
    (0x6969, "NFS", true),
    (0xFF53_4D42, "CIFS", true),
    (0xFE53_4D42, "SMB2", true),
    (0x0102_1997, "9P", true),
    (0x00C3_6400, "Ceph", true),
    (0x6573_5546, "FUSE", true),
];

impl DataDir {
    /// How much room there is.
    ///
    /// # Errors
    /// If the system does not tell.
    #[cfg(target_os = "linux")]
    pub fn space(&self) -> io::Result<Space> {
        let told = rustix::fs::fstatvfs(&*self.dir)?;
        let magic = rustix::fs::fstatfs(&*self.dir).ok();
        // A signed word on some machines, of which the lower half is the number.
        let magic =
            magic.and_then(|told| u64::try_from(told.f_type).ok()).map(|it| it & 0xFFFF_FFFF);
        let known = KINDS.iter().find(|(number, _, _)| magic == Some(*number));
        Ok(Space {
            free_bytes: told.f_bavail.saturating_mul(told.f_frsize),
            total_bytes: told.f_blocks.saturating_mul(told.f_frsize),
            kind: known.map(|(_, name, _)| *name),
            is_remote: known.is_some_and(|(_, _, is_remote)| *is_remote),
        })
    }

    /// How much room there is.
    ///
    /// # Errors
    /// If the system does not tell.
    #[cfg(not(target_os = "linux"))]
    pub fn space(&self) -> io::Result<Space> {
        let _unknown_here = KINDS;
        let told = rustix::fs::fstatvfs(&*self.dir)?;
        Ok(Space {
            free_bytes: told.f_bavail.saturating_mul(told.f_frsize),
            total_bytes: told.f_blocks.saturating_mul(told.f_frsize),
            kind: None,
            is_remote: false,
        })
    }

    /// Makes the file `name` hold exactly `bytes` of the disk, or none of it: on failure nothing is held.
    ///
    /// # Errors
    /// If there is not that much room, or the file cannot be made.
    pub fn hold(&self, name: &str, bytes: u64) -> io::Result<()> {
        // Some file systems take what is left before they say that it is too little.
        if bytes > self.space()?.free_bytes {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let mut options = cap_std::fs::OpenOptions::new();
        let mut file = self.dir.open_with(name, options.write(true).create(true))?;
        let filled = if bytes == 0 { Ok(()) } else { fill(&mut file, bytes) };
        let held = file.set_len(bytes).and(filled).and_then(|()| file.sync_all());
        if held.is_err() {
            // What was held already is given back; if that fails, too, the first error says why.
            let _ = file.set_len(0);
        }
        held
    }
}

#[cfg(target_os = "linux")]
fn fill(file: &mut cap_std::fs::File, bytes: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    match fallocate(&*file, FallocateFlags::empty(), 0, bytes) {
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => write_out(file, bytes),
        done => Ok(done?),
    }
}

#[cfg(not(target_os = "linux"))]
fn fill(file: &mut cap_std::fs::File, bytes: u64) -> io::Result<()> {
    write_out(file, bytes)
}

/// For file systems that promise no room: bytes that compress badly.
fn write_out(file: &mut cap_std::fs::File, bytes: u64) -> io::Result<()> {
    let mut word: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut left = bytes;
    while left > 0 {
        let mut block = [0; 8192];
        for piece in block.chunks_exact_mut(8) {
            word ^= word << 13;
            word ^= word >> 7;
            word ^= word << 17;
            piece.copy_from_slice(&word.to_le_bytes());
        }
        let length = usize::try_from(left).map_or(block.len(), |left| left.min(block.len()));
        file.write_all(&block[..length])?;
        left -= length as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn room_can_be_written_out_where_it_is_not_promised() {
        let temp = tempfile::NamedTempFile::new().unwrap();
        let mut file = cap_std::fs::File::from_std(temp.reopen().unwrap());
        super::write_out(&mut file, 20_000).unwrap();
        assert_eq!(temp.path().metadata().unwrap().len(), 20_000);
    }
}
