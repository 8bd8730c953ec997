//! A backup while records are being put: nothing acknowledged before it is missing, and the two stores that
//! there are afterwards give no number twice.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use e2e::{Launch, Program};

use super::support::{Ledger, back_up, names, read_all, restore, server};

const WRITERS: usize = 3;
const RECORDS: usize = 100;
/// Calls before the backup begins: about 20 MB.
const BEFORE: u64 = 200;

#[test]
fn a_backup_under_load_is_whole_and_shares_no_number_with_what_comes_after() {
    let temp = tempfile::tempdir().unwrap();
    let (data, backup, copy) =
        (temp.path().join("data"), temp.path().join("backup"), temp.path().join("copy"));
    let original = server(&data);
    let ledger = Ledger::default();
    let (calls, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let (before, during) = thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (ledger, calls, stop, original) = (&ledger, &calls, &stop, &original);
            scope.spawn(move || {
                let mut client = original.client();
                for call in 0.. {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    ledger.put(&mut client, writer, call, RECORDS);
                    calls.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        while calls.load(Ordering::SeqCst) < BEFORE {
            thread::yield_now();
        }
        let before = ledger.so_far();
        let ended = back_up(&original, &backup, &[]);
        let during = ledger.so_far();
        stop.store(true, Ordering::SeqCst);
        ended.success("shardmill backup").unwrap();
        (before, during)
    });
    assert!(during.len() > before.len(), "nothing was put while the backup was made");
    let verify = Program::new(["backup", "verify"]).arg(&backup).run().unwrap();
    verify.success("shardmill backup verify").unwrap();
    assert_eq!(names(&data.join("backups")), Vec::<String>::new(), "the server keeps nothing");

    restore(&backup, &copy).success("shardmill restore").unwrap();
    let copied = Launch::dev(&copy).arg("--no-limits").start().unwrap();
    let held = read_all(&mut copied.client());
    for (place, text) in &before {
        assert_eq!(held.get(place), Some(text), "{place:?} is missing");
    }
    let acknowledged = ledger.so_far();
    for (place, text) in &held {
        assert_eq!(acknowledged.get(place), Some(text), "{place:?} was never acknowledged");
    }

    // The original lives on and is started again; the copy is, too. All numbers go into one ledger, which
    // notices one that is given twice.
    ledger.put(&mut copied.client(), 8, 0, RECORDS);
    ledger.put(&mut original.client(), 9, 0, RECORDS);
    let original = original.stop().unwrap().start().unwrap();
    let copied = copied.stop().unwrap().start().unwrap();
    ledger.put(&mut original.client(), 9, 1, RECORDS);
    ledger.put(&mut copied.client(), 8, 1, RECORDS);
    let of_copy = read_all(&mut copied.client());
    let new = of_copy.iter().filter(|(place, _)| !held.contains_key(*place));
    let mut count = 0;
    for ((shard, number), text) in new {
        assert!(text.starts_with("8-"), "{text}");
        let others = ledger.so_far();
        let others = others.iter().filter(|((of, _), text)| of == shard && !text.starts_with("8-"));
        let largest = others.map(|((_, number), _)| number.clone()).max().unwrap();
        assert!(*number > largest, "{number} is not above {largest}");
        count += 1;
    }
    assert_eq!(count, 2 * RECORDS);
}
