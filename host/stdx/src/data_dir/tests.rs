//! What holds of a data directory.

use super::*;

#[expect(clippy::disallowed_methods, reason = "a test opens its own temporary directory")]
fn temporary() -> (tempfile::TempDir, DataDir) {
    let temp = tempfile::tempdir().unwrap();
    let dir = Dir::open_ambient_dir(temp.path(), cap_std::ambient_authority()).unwrap();
    let data_dir = DataDir::new(dir, temp.path());
    (temp, data_dir)
}

#[test]
fn replaces_reads_lists_and_removes() {
    let (_temp, dir) = temporary();
    assert_eq!(dir.read("a").unwrap(), None);
    dir.replace("a", b"one", 0o600).unwrap();
    dir.replace("a", b"two", 0o600).unwrap();
    assert_eq!(dir.read("a").unwrap().unwrap(), b"two");
    assert_eq!(dir.names().unwrap(), ["a"]);
    dir.remove("a").unwrap();
    dir.remove("a").unwrap();
    assert!(!dir.exists("a"));
}

#[test]
fn cannot_be_left() {
    let (_temp, dir) = temporary();
    assert!(dir.read("../etc/passwd").is_err());
    assert!(dir.replace("/tmp/x", b"", 0o600).is_err());
}

#[test]
fn a_name_can_be_replaced_by_several_at_a_time() {
    let (_temp, dir) = temporary();
    let content = |thread: u8| vec![thread; 64 * 1024];
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let dir = &dir;
            scope.spawn(move || {
                for _ in 0..50 {
                    dir.replace("a", &content(thread), 0o600).unwrap();
                    let read = dir.read("a").unwrap().unwrap();
                    assert!((0..4).any(|thread| read == content(thread)));
                }
            });
        }
    });
    assert_eq!(dir.names().unwrap(), ["a"]);
}

#[test]
fn what_fails_leaves_nothing_beside_and_what_was_left_is_in_nobodys_way() {
    let (_temp, dir) = temporary();
    dir.subdir("taken").unwrap();
    assert!(dir.replace("taken", b"x", 0o600).is_err());
    assert_eq!(dir.names().unwrap(), ["taken"]);
    // As crashes leave them.
    let next = NEXT_BESIDE.load(Ordering::Relaxed);
    let left = next..next + 1000;
    for number in left {
        dir.open_in_place(&format!("a.{number}.new")).unwrap();
    }
    dir.replace("a", b"one", 0o600).unwrap();
    assert_eq!(dir.read("a").unwrap().unwrap(), b"one");
    assert_eq!(dir.names().unwrap().len(), 1000 + 2);
}

#[test]
fn is_taken_once() {
    let (_temp, dir) = temporary();
    let lock = dir.try_lock("lock").unwrap();
    assert!(lock.is_some());
    assert!(dir.try_lock("lock").unwrap().is_none());
    drop(lock);
    assert!(dir.try_lock("lock").unwrap().is_some());
}

#[test]
fn leftovers_are_removed_and_nothing_else() {
    let (_temp, dir) = temporary();
    for name in ["a", "a.0.new", "a.17.new", "new"] {
        dir.open_in_place(name).unwrap();
    }
    dir.remove_leftovers().unwrap();
    assert_eq!(dir.names().unwrap(), ["a", "new"]);
}
