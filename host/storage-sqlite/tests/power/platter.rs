//! What lies on the platter when the power goes: for each file what was synced, and the writes since of which
//! any sector may be there or not; for each directory the names that were synced, and the changes since.
//!
//! The model is harsher than most file systems. A sync of a file says nothing of its name. Changes of names
//! that were not synced are kept or lost one by one, each whole. Of what was written but not synced each
//! sector of 512 bytes is kept or lost by itself, a file may have grown without what made it grow, and a
//! truncation may be lost. What it takes for granted: a write that ends inside of a sector leaves the rest of
//! the sector alone, as SQLite does, too.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;

use crate::disk::{Change, Event};
use crate::draw::Draw;

const SECTOR: u64 = 512;

/// Files and directories (`None`) by name.
pub(crate) type Image = BTreeMap<String, Option<Vec<u8>>>;

/// What the crash leaves of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing.
    Dropped,
    /// Everything, as after a `kill -9`.
    Kept,
    /// Everything but some sectors of the last write.
    Torn(u64),
    /// Whatever the seed says.
    Random(u64),
}

/// A directory in the making.
#[derive(Clone, Debug, Default)]
pub(crate) struct Platter {
    files: Vec<Content>,
    /// As the running process sees it.
    names: BTreeMap<String, Node>,
    synced_names: BTreeMap<String, Node>,
    /// Since the last sync of their directory.
    renamings: Vec<Naming>,
    /// The file that was written last, if that was the last change.
    last_written: Option<usize>,
    /// Counts what changes the synced part.
    pub(crate) synced: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Dir,
    File(usize),
}

#[derive(Clone, Debug, Default)]
struct Content {
    synced: Vec<u8>,
    pending: Vec<Pending>,
}

#[derive(Clone, Debug)]
enum Pending {
    Write(u64, Bytes),
    Truncate(u64),
}

/// A change of names: what goes, and what comes.
#[derive(Clone, Debug)]
struct Naming {
    goes: Option<String>,
    comes: Option<(String, Node)>,
}

impl Platter {
    /// Everything in `image`, synced.
    pub(crate) fn of(image: &Image) -> Self {
        let mut platter = Self::default();
        for (name, content) in image {
            let node = match content {
                None => Node::Dir,
                Some(synced) => {
                    platter.files.push(Content { synced: synced.clone(), pending: Vec::new() });
                    Node::File(platter.files.len() - 1)
                }
            };
            platter.names.insert(name.clone(), node);
        }
        platter.synced_names = platter.names.clone();
        platter
    }

    /// What comes of these events.
    pub(crate) fn after(image: &Image, events: &[Event]) -> Self {
        let mut platter = Self::of(image);
        for event in events {
            if let Event::Changed(name, change) = event {
                platter.apply(name, change);
            }
        }
        platter
    }

    /// Takes note of a change; whether it changed anything.
    pub(crate) fn apply(&mut self, name: &str, change: &Change) -> bool {
        self.last_written = None;
        match change {
            Change::Create if self.names.contains_key(name) => return false,
            Change::MakeDir if self.names.contains_key(name) => return false,
            Change::Create => {
                self.files.push(Content::default());
                let node = Node::File(self.files.len() - 1);
                self.name(Naming { goes: None, comes: Some((name.to_owned(), node)) });
            }
            Change::MakeDir => {
                self.name(Naming { goes: None, comes: Some((name.to_owned(), Node::Dir)) });
            }
            Change::Rename(to) => {
                let node = self.names[name];
                let comes = Some((to.clone(), node));
                self.name(Naming { goes: Some(name.to_owned()), comes });
            }
            Change::Remove if !self.names.contains_key(name) => return false,
            Change::Remove => self.name(Naming { goes: Some(name.to_owned()), comes: None }),
            Change::SyncDir => return self.sync_names(name),
            Change::Write(at, bytes) => {
                let file = self.file(name);
                self.files[file].pending.push(Pending::Write(*at, bytes.clone()));
                self.last_written = Some(file);
            }
            Change::Truncate(length) => {
                let file = self.file(name);
                self.files[file].pending.push(Pending::Truncate(*length));
            }
            Change::Sync => {
                let file = self.file(name);
                return self.sync_file(file);
            }
            Change::SyncFailed => {
                let file = self.file(name);
                self.files[file].pending.clear();
            }
        }
        true
    }

    fn name(&mut self, naming: Naming) {
        naming.apply(&mut self.names);
        self.renamings.push(naming);
    }

    fn file(&self, name: &str) -> usize {
        match self.names.get(name) {
            Some(Node::File(file)) => *file,
            other => panic!("{name} is {other:?}, which cannot be written"),
        }
    }

    fn sync_names(&mut self, dir: &str) -> bool {
        let before = self.renamings.len();
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            self.renamings.drain(..).partition(|naming| naming.dir() == dir);
        here.iter().for_each(|naming| naming.apply(&mut self.synced_names));
        self.renamings = elsewhere;
        let changed = self.renamings.len() != before;
        self.synced += u64::from(changed);
        changed
    }

    fn sync_file(&mut self, file: usize) -> bool {
        let content = &mut self.files[file];
        let pending = std::mem::take(&mut content.pending);
        pending.iter().for_each(|pending| pending.apply(&mut content.synced));
        self.synced += u64::from(!pending.is_empty());
        !pending.is_empty()
    }

    /// What is found after a crash now.
    pub(crate) fn image(&self, kind: Kind) -> Image {
        let mut draw = Draw::new(match kind {
            Kind::Torn(seed) | Kind::Random(seed) => seed,
            Kind::Dropped | Kind::Kept => 0,
        });
        // Each random image has a mood: nearly all is kept, or half, or nearly nothing.
        let odds = [10, 50, 90][draw.below(3)];
        let mut names = self.synced_names.clone();
        for naming in &self.renamings {
            let keeps = match kind {
                Kind::Dropped => false,
                Kind::Kept | Kind::Torn(_) => true,
                Kind::Random(_) => draw.percent(odds),
            };
            if keeps {
                naming.apply(&mut names);
            }
        }
        let mut image = Image::new();
        for (name, node) in &names {
            let dir = name.rsplit_once('/').map(|(dir, _)| dir);
            // What lies in a directory that was lost is lost.
            if dir.is_none_or(|dir| names.contains_key(dir)) {
                let content = match node {
                    Node::Dir => None,
                    Node::File(file) => Some(self.content(*file, kind, odds, &mut draw)),
                };
                image.insert(name.clone(), content);
            }
        }
        image
    }

    fn content(&self, file: usize, kind: Kind, odds: u64, draw: &mut Draw) -> Vec<u8> {
        let content = &self.files[file];
        let mut bytes = content.synced.clone();
        for (number, pending) in content.pending.iter().enumerate() {
            let is_last = number + 1 == content.pending.len();
            match kind {
                Kind::Dropped => {}
                Kind::Torn(_) if is_last && self.last_written == Some(file) => {
                    pending.apply_some(&mut bytes, 50, draw);
                }
                Kind::Kept | Kind::Torn(_) => pending.apply(&mut bytes),
                Kind::Random(_) => pending.apply_some(&mut bytes, odds, draw),
            }
        }
        bytes
    }
}

impl Naming {
    fn dir(&self) -> &str {
        let comes = self.comes.as_ref().map(|(name, _)| name);
        let name = comes.or(self.goes.as_ref()).expect("a naming names something");
        name.rsplit_once('/').map_or("", |(dir, _)| dir)
    }

    fn apply(&self, names: &mut BTreeMap<String, Node>) {
        if let Some(goes) = &self.goes {
            names.remove(goes);
        }
        if let Some((comes, node)) = &self.comes {
            names.insert(comes.clone(), *node);
        }
    }
}

impl Pending {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(at, from) => put(bytes, *at, from),
            Self::Truncate(length) => bytes.resize(index(*length), 0),
        }
    }

    /// Applies each sector with these odds.
    fn apply_some(&self, bytes: &mut Vec<u8>, odds: u64, draw: &mut Draw) {
        match self {
            Self::Truncate(_) if draw.percent(odds) => self.apply(bytes),
            Self::Truncate(_) => {}
            Self::Write(at, from) => {
                let end = index(*at) + from.len();
                if end > bytes.len() && draw.percent(odds) {
                    bytes.resize(end, 0);
                }
                for sector in sectors(*at, from.len()) {
                    if draw.percent(odds) {
                        put(bytes, *at + sector.start as u64, &from[sector]);
                    }
                }
            }
        }
    }
}

/// The parts of a write that lie in one sector each.
fn sectors(at: u64, length: usize) -> impl Iterator<Item = Range<usize>> {
    let first = index(SECTOR - at % SECTOR);
    let starts = std::iter::once(0).chain((first..length).step_by(index(SECTOR)));
    starts.map(move |start| {
        let end = if start == 0 { first } else { start + index(SECTOR) };
        start..end.min(length)
    })
}

fn put(bytes: &mut Vec<u8>, at: u64, from: &[u8]) {
    let at = index(at);
    if bytes.len() < at + from.len() {
        bytes.resize(at + from.len(), 0);
    }
    bytes[at..at + from.len()].copy_from_slice(from);
}

fn index(number: u64) -> usize {
    usize::try_from(number).expect("files of tests fit into memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(at: u64, bytes: &'static [u8]) -> Change {
        Change::Write(at, Bytes::from_static(bytes))
    }

    fn has(image: &Image, name: &str) -> Option<Vec<u8>> {
        image.get(name).cloned().flatten()
    }

    #[test]
    fn what_was_synced_stays_and_the_rest_depends() {
        let mut platter = Platter::default();
        platter.apply("a", &Change::Create);
        platter.apply("a", &write(0, b"old"));
        platter.apply("a", &Change::Sync);
        assert_eq!(has(&platter.image(Kind::Dropped), "a"), None, "its name was not synced");
        platter.apply("", &Change::SyncDir);
        platter.apply("a", &write(1, b"new"));
        assert_eq!(has(&platter.image(Kind::Dropped), "a").unwrap(), b"old");
        assert_eq!(has(&platter.image(Kind::Kept), "a").unwrap(), b"onew");
        platter.apply("a", &Change::Truncate(2));
        assert_eq!(has(&platter.image(Kind::Kept), "a").unwrap(), b"on");
        assert_eq!(has(&platter.image(Kind::Dropped), "a").unwrap(), b"old");
    }

    #[test]
    fn a_rename_is_lost_without_a_sync_of_its_directory() {
        let mut platter = Platter::default();
        for name in ["d", "d/old"] {
            platter.apply(name, if name == "d" { &Change::MakeDir } else { &Change::Create });
        }
        platter.apply("d/old", &write(0, b"x"));
        platter.apply("d/old", &Change::Sync);
        platter.apply("d/old", &Change::Rename("d/new".to_owned()));
        platter.apply("d", &Change::SyncDir);
        assert_eq!(
            platter.image(Kind::Dropped).len(),
            0,
            "the directory's own name was not synced"
        );
        platter.apply("", &Change::SyncDir);
        let image = platter.image(Kind::Dropped);
        assert_eq!(image.keys().collect::<Vec<_>>(), ["d", "d/new"]);
        platter.apply("d/new", &Change::Remove);
        assert!(has(&platter.image(Kind::Dropped), "d/new").is_some());
        assert!(has(&platter.image(Kind::Kept), "d/new").is_none());
    }

    #[test]
    fn random_images_keep_whole_sectors() {
        let mut platter = Platter::default();
        platter.apply("a", &Change::Create);
        platter.apply("", &Change::SyncDir);
        let bytes = Bytes::from(vec![7; 2000]);
        platter.apply("a", &Change::Write(100, bytes));
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..100 {
            let found = has(&platter.image(Kind::Random(seed)), "a").unwrap();
            let kept: Vec<bool> = sectors(100, 2000)
                .map(|sector| {
                    let found = found.get(100 + sector.start..100 + sector.end).unwrap_or(&[]);
                    assert!(found.iter().all(|byte| Some(byte) == found.first()));
                    found.first() == Some(&7)
                })
                .collect();
            assert_eq!(kept.len(), 5);
            seen.insert(kept);
        }
        assert!(seen.len() > 15);
    }
}
