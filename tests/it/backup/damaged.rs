//! Backups that are no longer what they were: each is refused with a sentence, and nothing is left of the try.

use std::fs;
use std::path::{Path, PathBuf};

use e2e::{Ended, Program, Random, seed, workspace};

use super::support::{Ledger, back_up, names, restore, server};

/// What is done to a file of a backup.
#[derive(Clone, Copy, Debug)]
enum Harm {
    Flip(u64),
    Cut(u64),
    Lengthen,
    Remove,
}

impl Harm {
    fn apply(self, path: &Path) {
        let mut bytes = fs::read(path).unwrap();
        match self {
            Self::Flip(at) => {
                let bits = bytes.len() as u64 * 8;
                let bit = usize::try_from(at % bits).unwrap();
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            Self::Cut(at) => bytes.truncate(usize::try_from(at).unwrap() % bytes.len()),
            Self::Lengthen => bytes.push(0),
            Self::Remove => return fs::remove_file(path).unwrap(),
        }
        fs::write(path, bytes).unwrap();
    }
}

fn backup(folder: &Path) -> PathBuf {
    let original = server(&folder.join("data"));
    let component = workspace::root().join("guests/rust-quakes/quakes.wasm");
    let deploy = Program::new(["functions", "deploy", "quakes"]).arg(&component);
    let deploy = deploy.args(["--endpoint", &original.url()]);
    deploy.run().unwrap().success("shardmill functions deploy").unwrap();
    let ledger = Ledger::default();
    (0..10).for_each(|call| ledger.put(&mut original.client(), 0, call, 50));
    let backup = folder.join("backup");
    back_up(&original, &backup, &[]).success("shardmill backup").unwrap();
    backup
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("blobs")).unwrap();
    for name in files(from) {
        fs::copy(from.join(&name), to.join(&name)).unwrap();
    }
}

/// All files, those in `blobs` included.
fn files(backup: &Path) -> Vec<String> {
    let blobs = names(&backup.join("blobs")).into_iter().map(|name| format!("blobs/{name}"));
    names(backup).into_iter().filter(|name| name != "blobs").chain(blobs).collect()
}

#[test]
fn every_file_is_missed_when_it_is_harmed_or_gone() {
    let temp = tempfile::tempdir().unwrap();
    let whole = backup(temp.path());
    let mut random = Random::new(seed("damaged backups"));
    let harmed = temp.path().join("harmed");
    let refused = |ended: &Ended, name: &str, harm: Harm| {
        assert_eq!(ended.code, Some(3), "{harm:?} of {name}: {ended:?}");
        let is_told = ended.stderr.contains("damaged or incomplete") && ended.stderr.contains(name);
        assert!(is_told, "{harm:?} of {name}: {}", ended.stderr);
        assert_eq!(ended.stdout, "");
    };
    for name in files(&whole) {
        for harm in
            [Harm::Flip(random.draw()), Harm::Cut(random.draw()), Harm::Lengthen, Harm::Remove]
        {
            copy(&whole, &harmed);
            harm.apply(&harmed.join(&name));
            let verify = Program::new(["backup", "verify"]).arg(&harmed).run().unwrap();
            refused(&verify, &name, harm);
            refused(&restore(&harmed, &temp.path().join("copy")), &name, harm);
            assert_eq!(names(temp.path()), ["backup", "data", "harmed"], "{harm:?} of {name}");
            fs::remove_dir_all(&harmed).unwrap();
        }
    }
    let verify = Program::new(["backup", "verify"]).arg(&whole).run().unwrap();
    verify.success("shardmill backup verify").unwrap();
}

#[test]
fn a_store_that_was_damaged_before_its_digests_were_taken_is_refused_too() {
    let temp = tempfile::tempdir().unwrap();
    let whole = backup(temp.path());
    // A frame's bytes are altered and the manifest is made to agree.
    let db = whole.join("shardmill.db");
    let mut bytes = fs::read(&db).unwrap();
    let at = bytes.windows(20).rposition(|window| window == [b'x'; 20]).unwrap();
    bytes[at] = b'y';
    fs::write(&db, &bytes).unwrap();
    let manifest = fs::read_to_string(whole.join("MANIFEST")).unwrap();
    let (body, _) = manifest.rsplit_once("end ").unwrap();
    let lines = body.lines().map(|line| match line.rsplit_once(' ') {
        Some((_, "shardmill.db")) => {
            format!("file {} {} shardmill.db\n", blake3::hash(&bytes), bytes.len())
        }
        _ => format!("{line}\n"),
    });
    let body: String = lines.collect();
    let sealed = format!("{body}end {}\n", blake3::hash(body.as_bytes()));
    fs::write(whole.join("MANIFEST"), sealed).unwrap();
    for ended in [
        Program::new(["backup", "verify"]).arg(&whole).run().unwrap(),
        restore(&whole, &temp.path().join("copy")),
    ] {
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert!(ended.stderr.contains("log "), "{}", ended.stderr);
    }
    assert_eq!(names(temp.path()), ["backup", "data"]);
}
