//! The fuzz targets over their corpus and seeded changes of it, as far as seconds go. `tests/fuzz/README.md` tells
//! how to go further.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use allocation_counter::measure;
use e2e::fuzz::{Mutator, TARGETS, Target};
use e2e::{progress, workspace};

/// Changed inputs for each target; `SHARDMILL_FUZZ_CHANGES` tries more or less.
const CHANGES: u64 = 4_000;
/// Always the same inputs, so that a failure is one for everybody; `SHARDMILL_SEED` tries others.
const SEED: u64 = 1;
/// What one input may make a target hold at a time: inputs have at most 64 KiB, and 20,000 shards are allowed.
const HELD_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// An input takes well below a millisecond. What takes this long hangs, however busy the machine is.
const INPUT_WITHIN: Duration = Duration::from_secs(60);

fn folder(target: &Target) -> PathBuf {
    workspace::root().join("tests/fuzz/corpus").join(target.name)
}

/// The corpus by file name, as it is on disk.
fn corpus(target: &Target) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder(target)).into_iter().flatten();
    let entry = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().expect("names of inputs are text");
        (name, fs::read(entry.path()).expect("an input can be read"))
    };
    entries.map(|found| entry(found.expect("a folder can be listed"))).collect()
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Runs an input. `Err` with what was wrong.
fn run(target: &Target, input: &[u8]) -> Result<(), String> {
    let mut outcome = Ok(());
    let held = measure(|| {
        outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(input)))
            .map_err(|_panic| "a panic".to_owned());
    });
    outcome?;
    if held.bytes_max > HELD_BYTES_MAX {
        return Err(format!("{} bytes held", held.bytes_max));
    }
    Ok(())
}

/// All inputs, on a thread of its own, so that one that hangs can be told.
fn survive(name: &'static str) {
    let target = *TARGETS.iter().find(|target| target.name == name).expect("a target");
    let (report, reports) = sync_channel(1);
    thread::spawn(move || {
        let mut corpus = corpus(&target);
        corpus.extend((target.seeds)());
        let corpus: Vec<Vec<u8>> = corpus.into_values().collect();
        let mut mutator = Mutator::new(setting("SHARDMILL_SEED", SEED));
        let changes = setting("SHARDMILL_FUZZ_CHANGES", CHANGES);
        let changed = (0..changes).map(|_| mutator.next(&corpus));
        for input in corpus.clone().into_iter().chain(changed) {
            if report.send(Some(input.clone())).is_err() {
                return;
            }
            if let Err(problem) = run(&target, &input) {
                progress(format!("{name}: {problem} from {:?}", String::from_utf8_lossy(&input)));
                return;
            }
        }
        // There are no more.
        let _ = report.send(None);
    });
    let mut last = Vec::new();
    loop {
        match reports.recv_timeout(INPUT_WITHIN) {
            Ok(Some(input)) => last = input,
            Ok(None) => return,
            Err(RecvTimeoutError::Timeout) => panic!("{name} hangs with {last:?}"),
            Err(RecvTimeoutError::Disconnected) => panic!("{name} does not survive {last:?}"),
        }
    }
}

#[test]
fn aggregated_records() {
    survive("aggregate");
}

#[test]
fn filters() {
    survive("filter");
}

#[test]
fn requests_in_cbor() {
    survive("cbor_request");
}

#[test]
fn event_streams() {
    survive("event_stream");
}

#[test]
fn frames() {
    survive("frame");
}

#[test]
fn requests_in_json() {
    survive("json_request");
}

#[test]
fn policies() {
    survive("policy");
}

#[test]
fn requests_in_the_query_form() {
    survive("query_request");
}

#[test]
fn requests_in_rpc_v2() {
    survive("rpc_request");
}

#[test]
fn signatures() {
    survive("signature");
}

#[test]
fn tokens() {
    survive("token");
}

#[test]
fn blocks() {
    survive("block");
}

#[test]
fn words() {
    survive("word");
}

/// cargo-fuzz begins with files; `UPDATE=1` writes what the code begins with. Further files stay: what was found
/// once is tried for ever.
#[test]
fn every_target_has_a_corpus() {
    for target in TARGETS {
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(folder(&target)).unwrap();
            for (name, bytes) in (target.seeds)() {
                fs::write(folder(&target).join(name), bytes).unwrap();
            }
        }
        assert!(!corpus(&target).is_empty(), "{}: UPDATE=1 writes it", target.name);
    }
}

/// Each target can be run by cargo-fuzz, and this file runs it.
#[test]
fn every_target_has_both_drivers() {
    let own = workspace::text("tests/it/fuzz.rs").expect("this file");
    let manifest = workspace::text("tests/fuzz/Cargo.toml").expect("the workspace of cargo-fuzz");
    for Target { name, .. } in TARGETS {
        let driver = workspace::text(format!("tests/fuzz/fuzz_targets/{name}.rs"));
        assert!(driver.is_some_and(|text| text.contains(&format!("\"{name}\""))), "{name}");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is in the manifest");
        assert!(own.contains(&format!("survive(\"{name}\")")), "{name} runs here");
    }
}
