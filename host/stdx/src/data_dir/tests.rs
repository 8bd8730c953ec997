//! What holds of a data directory.

use super::*;

#[expect(clippy::disallowed_methods, reason = "a test opens directories of its own")]
fn opened(path: &Path) -> DataDir {
    let dir = Dir::open_ambient_dir(path, cap_std::ambient_authority()).unwrap();
    DataDir::new(dir, path)
}

fn temporary() -> (tempfile::TempDir, DataDir) {
    let temp = tempfile::tempdir().unwrap();
    let data_dir = opened(temp.path());
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
fn a_file_is_written_over_itself_whole_and_stays_as_it_is() {
    let (_temp, dir) = temporary();
    // Two pieces and a bit.
    let content: Vec<u8> = (0..2_500_000u32).map(|at| (at % 251) as u8).collect();
    dir.replace("a", &content, 0o600).unwrap();
    dir.open_in_place("a").unwrap().write_over().unwrap();
    assert!(dir.read("a").unwrap().unwrap() == content);
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
fn leftovers_of_a_name_are_removed_and_those_of_others_are_not() {
    let (_temp, dir) = temporary();
    let kept = ["a", "a.new", "a.x.new", "a.1.new.new", "aa.1.new", "b.1.new", "x.a.1.new"];
    for name in kept.into_iter().chain(["a.0.new", "a.17.new", "c.3.new"]) {
        dir.open_in_place(name).unwrap();
    }
    dir.remove_leftovers_of(&["a", "c"]).unwrap();
    let mut kept = kept.map(str::to_owned);
    kept.sort();
    assert_eq!(dir.names().unwrap(), kept);
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

#[test]
fn directories_are_made_renamed_and_removed_with_all_in_them() {
    let (_temp, dir) = temporary();
    let inner = dir.make_subdir("new").unwrap();
    assert!(dir.make_subdir("new").is_err());
    inner.replace("a", b"one", 0o600).unwrap();
    dir.make_subdir("empty").unwrap();
    dir.rename("new", "empty").unwrap();
    assert_eq!(dir.names().unwrap(), ["empty"]);
    assert_eq!(dir.open_subdir("empty").unwrap().read("a").unwrap().unwrap(), b"one");
    dir.remove_subdir("empty").unwrap();
    dir.remove_subdir("empty").unwrap();
    assert!(dir.names().unwrap().is_empty());
    assert!(dir.open_subdir("..").is_err());
}

#[test]
fn files_are_made_once_for_their_owner() {
    let (_temp, dir) = temporary();
    dir.create("a", 0o600).unwrap().write_all(b"x").unwrap();
    assert!(dir.create("a", 0o600).is_err());
    assert!(dir.open("b").unwrap().is_none());
    assert!(dir.is_file("a") && !dir.is_file("b") && !dir.is_file("."));
    #[cfg(unix)]
    assert_eq!(dir.mode("a"), Some(0o600));
}

#[test]
fn room_is_told_held_and_given_back() {
    let (_temp, dir) = temporary();
    let space = dir.space().unwrap();
    assert!(space.free_bytes > 0 && space.free_bytes <= space.total_bytes);
    for bytes in [100_000, 8192, 0] {
        dir.hold("ballast", bytes).unwrap();
        assert_eq!(dir.size("ballast"), bytes);
    }
    assert!(dir.hold("ballast", space.total_bytes * 2).is_err());
    assert_eq!(dir.size("ballast"), 0);
}

/// A sync that was left out would look like one that went well: here the system has none to offer, and says so.
#[cfg(target_os = "linux")]
#[test]
fn a_sync_asks_the_system_and_tells_what_it_said() {
    use rustix::fs::{FileType, Mode, mknodat};

    let (_temp, dir) = temporary();
    mknodat(&*dir.dir, "pipe", FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let pipe = dir.open_in_place("pipe").unwrap();
    assert_eq!(pipe.sync_data().unwrap_err().kind(), io::ErrorKind::InvalidInput);
    let processes = opened(Path::new("/proc/self"));
    assert_eq!(processes.sync().unwrap_err().kind(), io::ErrorKind::InvalidInput);
}
