//! Bits that flip, sectors of garbage, pages of zeros, files cut off or gone: each is reported, by the start, by a read,
//! by the scrub or by verify, or has done no harm. Wrong bytes are never served.
//!
//! `SHARDMILL_MUTATIONS` sets how many, `SHARDMILL_SEED` repeats a run.

mod examine;
mod mutate;
mod original;
mod served;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use cap_std::fs::Dir;
use e2e::{Random, progress, seed};
use stdx::DataDir;

use examine::Verdict;
use mutate::Mutation;
use original::{Original, Stored};

const MUTATIONS: u64 = 300;

fn mutations() -> u64 {
    let given = std::env::var("SHARDMILL_MUTATIONS").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(MUTATIONS)
}

fn data_dir(path: &Path) -> DataDir {
    let dir = Dir::open_ambient_dir(path, cap_std::ambient_authority()).expect("it is there");
    DataDir::new(dir, path)
}

/// Copies the files of a data directory. The WAL goes first: should a checkpoint move pages meanwhile, the
/// copy holds them twice rather than not at all.
fn copy(from: &Path, to: &Path) {
    for name in ["shardmill.db-wal", "shardmill.db", "shardmill.mark"] {
        let source = from.join(name);
        if source.exists() {
            fs::copy(source, to.join(name)).expect("files can be copied");
        }
    }
}

#[test]
fn an_unharmed_copy_is_read_as_it_was_written() {
    for stored in [Stored::Plain, Stored::Mixed] {
        is_read_as_it_was_written(&Original::make(&mut Random::new(1), stored));
    }
}

fn is_read_as_it_was_written(original: &Original) {
    let temp = tempfile::tempdir().unwrap();
    copy(original.path(), temp.path());
    let wal = fs::metadata(temp.path().join("shardmill.db-wal")).unwrap().len();
    assert!(wal > 100_000, "a WAL of {wal} bytes has nothing to damage");
    assert_eq!(examine::verified(&data_dir(temp.path())), Vec::<String>::new());
    let verdict = examine::examine(&data_dir(temp.path()), original).unwrap();
    assert_eq!(verdict, Verdict::Unharmed);
    assert_eq!(examine::verified(&data_dir(temp.path())), Vec::<String>::new());
}

#[test]
fn damage_is_reported_or_harmless() {
    damaged("damage", Stored::Plain, mutations());
}

#[test]
fn damage_to_a_compressed_store_is_reported_or_harmless() {
    damaged("damage to compressed", Stored::Compressed, mutations() / 6);
}

#[test]
fn damage_to_an_encrypted_store_is_reported_or_harmless() {
    damaged("damage to encrypted", Stored::Encrypted, mutations() / 6);
}

fn damaged(name: &str, stored: Stored, mutations: u64) {
    let start = Instant::now();
    let mut random = Random::new(seed(name));
    let original = Original::make(&mut random, stored);
    let mut tally: BTreeMap<(String, &str), u32> = BTreeMap::new();
    for count in 0..mutations {
        let temp = tempfile::tempdir().unwrap();
        copy(original.path(), temp.path());
        let mutation = Mutation::draw(temp.path(), &mut random);
        mutation.apply(temp.path());
        let fresh = tempfile::tempdir().unwrap();
        copy(temp.path(), fresh.path());
        let verdict = examine::examine(&data_dir(temp.path()), &original);
        let verdict =
            verdict.unwrap_or_else(|why| panic!("mutation {count}, {mutation:?}: {why:#}"));
        let verified = examine::verified(&data_dir(fresh.path()));
        match &verdict {
            Verdict::Reported(what) | Verdict::Scrubbed(what) => assert!(
                !verified.is_empty(),
                "mutation {count}, {mutation:?}: verify finds nothing, but {what:?}"
            ),
            // Old witnesses are read by nobody else.
            Verdict::Unharmed => assert!(
                verified.iter().all(|finding| !finding.starts_with("witness")),
                "mutation {count}, {mutation:?}: the scrub passes over {verified:?}"
            ),
            Verdict::Verified => {}
        }
        *tally.entry((mutation.kind(), verdict.name())).or_default() += 1;
    }
    let seconds = start.elapsed().as_secs_f64();
    progress(format!("{name}: {mutations} mutations ({seconds:.1} s)"));
    for ((kind, verdict), count) in &tally {
        progress(format!("{name}:   {count:>4} {kind}: {verdict}"));
    }
    let reported = tally.iter().filter(|((_, verdict), _)| *verdict != "unharmed");
    let reported: u32 = reported.map(|(_, count)| count).sum();
    assert!(u64::from(reported) > mutations / 4, "only {reported} were noticed");
}
