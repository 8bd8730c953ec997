//! Compiled code on disk, under a seal: a file there is code that this process will run, so a file that
//! somebody else wrote must be worth nothing.
//!
//! A file is named by component and by what else its code depends on, and begins with a BLAKE3 hash, keyed
//! with the host key, of both names and of the code. It is no store: whatever cannot be used is compiled anew.

use std::collections::HashMap;
use std::io::{self, Read};

use parking_lot::Mutex;
use stdx::{DataDir, Secret, hex};

use crate::held::Held;
use crate::message::ComponentId;
use crate::precompiled::{Fresh, Kept};

/// What distinguishes this use of the host key from others.
const CONTEXT: &str = "shardmill 2026-11 seal of compiled components";

/// The folder's name.
const FOLDER: &str = "compiled";

const SEAL_BYTES: usize = 32;
const SUFFIX: &str = ".code";

/// Compiled code on disk.
#[derive(Debug)]
pub(crate) struct Cache {
    dir: DataDir,
    key: Secret<[u8; 32]>,
    fingerprint: [u8; 16],
    bytes_max: u64,
    index: Mutex<Index>,
}

/// Which files there are, how large, and which were used last.
#[derive(Debug, Default)]
struct Index {
    files: HashMap<String, (u64, u64)>,
    bytes: u64,
    uses: u64,
}

impl Cache {
    /// The cache of code for the engine with this fingerprint, in a folder of its own inside of `dir`. Whatever
    /// else is in that folder is removed: code for other engines, files that a crash left half-written.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub(crate) fn open(
        dir: DataDir,
        host_key: &[u8; 32],
        fingerprint: [u8; 16],
        bytes_max: u64,
    ) -> io::Result<Self> {
        let dir = dir.subdir(FOLDER)?;
        let key = Secret::new(blake3::derive_key(CONTEXT, host_key));
        let ending = format!("-{}{SUFFIX}", hex(&fingerprint));
        let mut index = Index::default();
        for name in dir.names()? {
            if name.ends_with(&ending) {
                index.note(&name, dir.size(&name));
            } else {
                dir.remove(&name)?;
            }
        }
        Ok(Self { dir, key, fingerprint, bytes_max, index: Mutex::new(index) })
    }

    /// The code of a component, if it is there and ours.
    pub(crate) fn get(&self, id: ComponentId) -> Option<Kept> {
        let name = self.name(id);
        match self.read(&name, id) {
            Ok(Some((code, bytes))) => {
                self.index.lock().note(&name, (SEAL_BYTES + bytes) as u64);
                Some(Kept::of_our_seal(code, bytes))
            }
            Ok(None) => None,
            Err(error) => {
                tracing::warn!(name, %error, "compiled code cannot be used; it is compiled anew");
                None
            }
        }
    }

    /// The code in a file, and how many bytes it has; `None` if there is no such file.
    fn read(&self, name: &str, id: ComponentId) -> io::Result<Option<(Held, usize)>> {
        let Some(mut file) = self.dir.open(name)? else { return Ok(None) };
        let mut seal = [0; SEAL_BYTES];
        file.read_exact(&mut seal)?;
        let mut hasher = self.hasher(id);
        let code = Held::read(&mut file, |piece| _ = hasher.update(piece))?;
        // Hashes are compared in constant time.
        if hasher.finalize() != blake3::Hash::from_bytes(seal) {
            return Err(io::Error::other("it does not carry our seal"));
        }
        let bytes = code.bytes()?;
        Ok(Some((code, bytes)))
    }

    /// Whether there is code of a component. Whether it is ours shows when it is read.
    pub(crate) fn has(&self, id: ComponentId) -> bool {
        self.index.lock().files.contains_key(&self.name(id))
    }

    /// Notes that these were used without their files, in this order.
    pub(crate) fn touch(&self, ids: impl IntoIterator<Item = ComponentId>) {
        let mut index = self.index.lock();
        ids.into_iter().for_each(|id| index.touch(&self.name(id)));
    }

    /// Keeps the code of a component. That it cannot be kept only costs time later.
    pub(crate) fn put(&self, id: ComponentId, code: &Fresh) {
        let name = self.name(id);
        let file = [self.seal(id, code.bytes()).as_bytes(), code.bytes()].concat();
        if file.len() as u64 > self.bytes_max {
            return;
        }
        if let Err(error) = self.dir.replace(&name, &file, 0o600) {
            tracing::warn!(name, %error, "compiled code cannot be kept");
            return;
        }
        let superfluous = {
            let mut index = self.index.lock();
            index.note(&name, file.len() as u64);
            index.shrink_to(self.bytes_max)
        };
        for name in superfluous {
            if let Err(error) = self.dir.remove(&name) {
                tracing::warn!(name, %error, "compiled code cannot be removed");
            }
        }
    }

    fn name(&self, id: ComponentId) -> String {
        format!("{}-{}{SUFFIX}", hex(&id.0), hex(&self.fingerprint))
    }

    fn seal(&self, id: ComponentId, code: &[u8]) -> blake3::Hash {
        self.hasher(id).update(code).finalize()
    }

    /// Makes a seal of the code that it is given.
    fn hasher(&self, id: ComponentId) -> blake3::Hasher {
        let mut hasher = blake3::Hasher::new_keyed(self.key.expose());
        hasher.update(&id.0).update(&self.fingerprint);
        hasher
    }
}

impl Index {
    fn note(&mut self, name: &str, bytes: u64) {
        self.uses += 1;
        let before = self.files.insert(name.to_owned(), (bytes, self.uses));
        self.bytes = self.bytes + bytes - before.map_or(0, |(bytes, _)| bytes);
    }

    fn touch(&mut self, name: &str) {
        self.uses += 1;
        if let Some((_, used)) = self.files.get_mut(name) {
            *used = self.uses;
        }
    }

    /// Forgets the files that were not used for longest until `bytes_max` are left, and names them.
    fn shrink_to(&mut self, bytes_max: u64) -> Vec<String> {
        let mut names = Vec::new();
        while self.bytes > bytes_max {
            let oldest = self.files.iter().min_by_key(|(_, (_, used))| *used);
            let Some((name, (bytes, _))) = oldest.map(|(name, file)| (name.clone(), *file)) else {
                break;
            };
            self.files.remove(&name);
            self.bytes -= bytes;
            names.push(name);
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use cap_std::fs::Dir;

    use super::*;

    const ID: ComponentId = ComponentId([1; 32]);

    fn cache(path: &std::path::Path, key: u8, fingerprint: u8, bytes_max: u64) -> Cache {
        #[expect(clippy::disallowed_methods, reason = "a test's own directory")]
        let dir = Dir::open_ambient_dir(path, cap_std::ambient_authority()).unwrap();
        Cache::open(DataDir::new(dir, path), &[key; 32], [fingerprint; 16], bytes_max).unwrap()
    }

    fn code(text: &'static str) -> Fresh {
        Fresh::of_our_compiler(Bytes::from_static(text.as_bytes()))
    }

    fn text(cache: &Cache, id: ComponentId) -> Option<Vec<u8>> {
        let kept = cache.get(id)?;
        Some(kept.to_vec())
    }

    #[test]
    fn gives_back_what_it_was_given() {
        let temp = tempfile::tempdir().unwrap();
        let one = cache(temp.path(), 1, 1, 1000);
        assert_eq!(text(&one, ID), None);
        one.put(ID, &code("code"));
        assert_eq!(text(&one, ID).unwrap(), b"code");
        drop(one);
        assert_eq!(text(&cache(temp.path(), 1, 1, 1000), ID).unwrap(), b"code");
    }

    #[test]
    fn what_is_not_ours_is_worth_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let one = cache(temp.path(), 1, 1, 1000);
        one.put(ID, &code("code"));
        let name = one.name(ID);
        let good = one.dir.read(&name).unwrap().unwrap();
        for at in 0..good.len() {
            let mut forged = good.clone();
            forged[at] ^= 1;
            one.dir.replace(&name, &forged, 0o600).unwrap();
            assert_eq!(text(&one, ID), None, "byte {at}");
        }
        for end in 0..good.len() {
            one.dir.replace(&name, &good[..end], 0o600).unwrap();
            assert_eq!(text(&one, ID), None, "cut at {end}");
        }
        // Another component's code, under a true seal, at this one's place.
        let other = ComponentId([2; 32]);
        one.put(other, &code("other"));
        one.dir.replace(&name, &one.dir.read(&one.name(other)).unwrap().unwrap(), 0o600).unwrap();
        assert_eq!(text(&one, ID), None);
        // The same under another host's key.
        one.dir.replace(&name, &good, 0o600).unwrap();
        assert_eq!(text(&cache(temp.path(), 2, 1, 1000), ID), None);
        assert_eq!(text(&one, ID).unwrap(), b"code");
    }

    #[test]
    fn other_engines_code_goes() {
        let temp = tempfile::tempdir().unwrap();
        cache(temp.path(), 1, 1, 1000).put(ID, &code("code"));
        let other = cache(temp.path(), 1, 2, 1000);
        assert_eq!(text(&other, ID), None);
        assert_eq!(other.dir.names().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let temp = tempfile::tempdir().unwrap();
        let cache = cache(temp.path(), 1, 1, 2 * (32 + 4));
        let ids: Vec<ComponentId> = (1..=3).map(|byte| ComponentId([byte; 32])).collect();
        cache.put(ids[0], &code("one."));
        cache.put(ids[1], &code("two."));
        assert!(text(&cache, ids[0]).is_some());
        cache.put(ids[2], &code("tre."));
        assert!(text(&cache, ids[0]).is_some());
        assert!(text(&cache, ids[1]).is_none());
        assert!(text(&cache, ids[2]).is_some());
        assert_eq!(cache.dir.names().unwrap().len(), 2);
        cache.touch([ids[0], ids[1]]);
        cache.put(ids[1], &code("two."));
        assert!(text(&cache, ids[0]).is_some());
        assert!(text(&cache, ids[2]).is_none());
    }
}
