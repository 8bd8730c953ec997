//! A commit of which one part cannot be done does nothing at all.

use std::sync::Arc;

use super::Harness;
use super::kit::{self, commit, kind, put};
use storage::{Append, Commit, CommitId, Expect, Kind, LogId, Records, Store, Term};

/// What the checks find in a store, and what a commit may name.
struct Scene {
    store: Arc<dyn Store>,
    kept: LogId,
    doomed: LogId,
    absent: LogId,
    version: u64,
}

/// A part that cannot be done, and how it is refused.
type Flaw = (&'static str, Kind, fn(&Scene, &mut Commit));

const FLAWS: &[Flaw] = &[
    ("a wrong term", Kind::Conflict, |scene, commit| {
        commit.fence = Some(Term(scene.store.term().0 + 1));
    }),
    ("a fact that is there", Kind::Conflict, |_, commit| {
        commit.facts.push(put("old", "new", Expect::Absent));
    }),
    ("another version", Kind::Conflict, |scene, commit| {
        let other = Expect::Version(scene.version + 1);
        commit.facts.push(put("old", "new", other));
    }),
    ("a version of nothing", Kind::Conflict, |scene, commit| {
        let any = Expect::Version(scene.version);
        commit.facts.push(kit::remove("nothing", any));
    }),
    ("a log that is there", Kind::Conflict, |scene, commit| {
        commit.create_logs.push(scene.kept);
    }),
    ("a log that is not there", Kind::NotFound, |scene, commit| {
        commit.appends.push(kit::append(scene.absent, 1, &["x"]));
    }),
    ("a fact twice", Kind::Refused, |_, commit| {
        commit.facts.push(put("new", "again", Expect::Anything));
    }),
    ("a long key", Kind::Refused, |_, commit| {
        let key = "k".repeat(Commit::KEY_BYTES_MAX + 1);
        commit.facts.push(put(&key, "", Expect::Anything));
    }),
    ("a long value", Kind::Refused, |_, commit| {
        let value = "v".repeat(Commit::VALUE_BYTES_MAX + 1);
        commit.facts.push(put("long", &value, Expect::Anything));
    }),
    ("too many bytes", Kind::Refused, |scene, commit| {
        let data = "d".repeat(Commit::BYTES_MAX / 3 + 1);
        let large = kit::append(scene.kept, 1, &[&data]);
        commit.appends.extend(vec![large; 3]);
    }),
    ("an append of nothing", Kind::Refused, |scene, commit| {
        commit
            .appends
            .push(Append { records: Records::default(), ..kit::append(scene.kept, 1, &[]) });
    }),
    ("a log made twice", Kind::Refused, |scene, commit| {
        commit.create_logs.extend([scene.absent, scene.absent]);
    }),
    ("a log made and deleted", Kind::Refused, |scene, commit| {
        commit.create_logs.push(scene.absent);
        commit.delete_logs.push(scene.absent);
    }),
    ("a log appended to and deleted", Kind::Refused, |scene, commit| {
        commit.delete_logs.push(scene.kept);
    }),
    ("nobody's id", Kind::Refused, |_, commit| {
        commit.id = Some(CommitId { producer: 0, generation: 1, ordinal: 1 });
    }),
];

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    for (name, refusal, spoil) in FLAWS {
        let mut scene = set_up(harness.open().await).await;
        let made = LogId(scene.store.new_ids(1).await.unwrap());
        let fine = Commit {
            fence: Some(scene.store.term()),
            facts: vec![
                put("new", "new", Expect::Absent),
                kit::remove("spare", Expect::Version(scene.version)),
            ],
            create_logs: vec![made],
            delete_logs: vec![scene.doomed],
            appends: vec![kit::append(made, 9, &["made"]), kit::append(scene.kept, 9, &["kept"])],
            ..commit()
        };
        let mut flawed = fine.clone();
        spoil(&scene, &mut flawed);

        let before = scene.store.bounds(scene.kept).await.unwrap();
        let refused = scene.store.commit(flawed).await;
        assert_eq!(kind(refused), *refusal, "{name}");
        for _opening in 0..2 {
            assert_untouched(&scene, made, name).await;
            scene.store = harness.reopen(scene.store).await;
        }

        let fence = Some(scene.store.term());
        let committed = scene.store.commit(Commit { fence, ..fine }).await.unwrap();
        let first = committed.appends[1].first;
        assert_eq!(first.offset, before.next.offset, "{name}: took a number");
        assert_eq!(kit::texts(&*scene.store, made).await, ["made"]);
        assert_eq!(kit::value(&*scene.store, "spare").await, None);
        assert_eq!(kind(scene.store.bounds(scene.doomed).await), Kind::NotFound);
    }
}

async fn set_up(store: Arc<dyn Store>) -> Scene {
    let kept = kit::new_log(&*store).await;
    let doomed = kit::new_log(&*store).await;
    kit::write(&*store, kept, 5, &["first"]).await;
    kit::write(&*store, doomed, 5, &["doomed"]).await;
    let facts = ["old", "spare"].map(|key| put(key, key, Expect::Absent));
    let facts = facts.into();
    let written = store.commit(Commit { facts, ..commit() }).await;
    let absent = LogId(store.new_ids(1).await.unwrap());
    Scene { kept, doomed, absent, version: written.unwrap().version, store }
}

async fn assert_untouched(scene: &Scene, made: LogId, flaw: &str) {
    let store = &*scene.store;
    assert_eq!(kit::value(store, "new").await, None, "{flaw}");
    for key in ["old", "spare"] {
        assert_eq!(kit::value(store, key).await.unwrap(), key, "{flaw}");
    }
    for log in [made, scene.absent] {
        assert_eq!(kind(store.bounds(log).await), Kind::NotFound, "{flaw}");
    }
    assert_eq!(kit::texts(store, scene.kept).await, ["first"], "{flaw}");
    assert_eq!(kit::texts(store, scene.doomed).await, ["doomed"], "{flaw}");
}
