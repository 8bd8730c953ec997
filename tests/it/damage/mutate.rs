//! One thing that goes wrong with one file.

use std::fs;
use std::path::Path;

use e2e::Random;

const SECTOR: u64 = 512;
const PAGE: u64 = 16 * 1024;

#[derive(Debug)]
pub(super) struct Mutation {
    file: &'static str,
    harm: Harm,
}

#[derive(Debug)]
enum Harm {
    FlipBit { at: u64, bit: u8 },
    Garbage { at: u64, seed: u64 },
    Zeros { at: u64 },
    CutTo { length: u64 },
    Remove,
}

impl Mutation {
    /// Something for the files in `folder`.
    pub(super) fn draw(folder: &Path, random: &mut Random) -> Self {
        let file = match random.within(0..20) {
            0..9 => "shardmill.db",
            9..17 => "shardmill.db-wal",
            _ => "shardmill.mark",
        };
        let length = fs::metadata(folder.join(file)).expect("the file is there").len();
        let place = |random: &mut Random, unit: u64| random.within(0..length.div_ceil(unit)) * unit;
        let harm = match random.within(0..20) {
            0..8 => Harm::FlipBit {
                at: random.within(0..length),
                bit: random.draw().to_le_bytes()[0] % 8,
            },
            8..12 => Harm::Garbage { at: place(random, SECTOR), seed: random.draw() },
            12..15 => Harm::Zeros { at: place(random, PAGE) },
            15..19 => Harm::CutTo { length: random.within(0..length) },
            // Without its database a mark is refused at once; the other two are the interesting ones.
            _ if file == "shardmill.db" => Harm::CutTo { length: 0 },
            _ => Harm::Remove,
        };
        Self { file, harm }
    }

    /// What it is, for the tally.
    pub(super) fn kind(&self) -> String {
        let harm = match self.harm {
            Harm::FlipBit { .. } => "bit flipped",
            Harm::Garbage { .. } => "sector of garbage",
            Harm::Zeros { .. } => "page of zeros",
            Harm::CutTo { .. } => "cut off",
            Harm::Remove => "removed",
        };
        format!("{} {harm}", self.file)
    }

    pub(super) fn apply(&self, folder: &Path) {
        let path = folder.join(self.file);
        if let Harm::Remove = self.harm {
            fs::remove_file(path).expect("the file is there");
            return;
        }
        let mut bytes = fs::read(&path).expect("the file is there");
        match &self.harm {
            Harm::FlipBit { at, bit } => bytes[index(*at)] ^= 1 << bit,
            Harm::Garbage { at, seed } => {
                let garbage = Random::new(*seed).bytes(index(SECTOR));
                overwrite(&mut bytes, *at, &garbage);
            }
            Harm::Zeros { at } => overwrite(&mut bytes, *at, &vec![0; index(PAGE)]),
            Harm::CutTo { length } => bytes.truncate(index(*length)),
            Harm::Remove => {}
        }
        fs::write(path, bytes).expect("the file can be written");
    }
}

fn index(at: u64) -> usize {
    usize::try_from(at).expect("files of a few MB")
}

/// Overwrites what there is from `at` on, without making the file longer.
fn overwrite(bytes: &mut [u8], at: u64, with: &[u8]) {
    let room = &mut bytes[index(at)..];
    let length = room.len().min(with.len());
    room[..length].copy_from_slice(&with[..length]);
}
