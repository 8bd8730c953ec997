//! What is refused, with which exit code and in which words.

use std::fs;

use e2e::{Ended, Launch, Program};

fn run(args: &[&str]) -> Ended {
    Program::new(args).run().unwrap()
}

#[track_caller]
fn assert_refused(ended: &Ended, code: i32, texts: &[&str]) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    assert_eq!(ended.stdout, "", "nothing is told on stdout");
    for text in texts {
        assert!(ended.stderr.contains(text), "`{text}` is not in: {}", ended.stderr);
    }
}

#[test]
fn a_data_directory_has_one_server() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let server = Launch::dev(&data).start().unwrap();
    let data = data.to_str().unwrap();
    let second = run(&["serve", "--dev", "--listen", "127.0.0.1:0", "--data", data]);
    assert_refused(&second, 4, &["is in use by another process", "hint: "]);
    assert_refused(&run(&["verify", "--data", data]), 4, &["is in use by another process"]);
    server.stop().unwrap();
    assert_eq!(run(&["verify", "--data", data]).code, Some(0));
}

#[test]
fn a_misspelt_key_is_an_error_with_a_suggestion() {
    let temp = tempfile::tempdir().unwrap();
    let config = temp.path().join("shardmill.toml");
    fs::write(&config, "dev = true\nlisten_adress = \"127.0.0.1:0\"\n").unwrap();
    let ended = run(&["serve", "--config", config.to_str().unwrap()]);
    let texts = ["line 2: unknown key `listen_adress`", "hint: did you mean `listen`?"];
    assert_refused(&ended, 2, &texts);
}

#[test]
fn the_development_key_stays_on_this_machine() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let ended = run(&["serve", "--dev", "--listen", "0.0.0.0:0", "--data", data.to_str().unwrap()]);
    assert_refused(&ended, 2, &["--dev does not listen on 0.0.0.0:0", "--dev-allow-remote"]);
}

#[test]
fn a_wrong_command_line_is_a_usage_error() {
    assert_refused(&run(&["serv"]), 2, &["serv"]);
    assert_refused(&run(&["serve", "--listen", "nowhere"]), 2, &["nowhere"]);
    let missing = run(&["serve", "--dev", "--listen", "127.0.0.1:0", "--data", "/no/such/place"]);
    assert_refused(&missing, 1, &["directory `/no/such` does not exist", "mkdir -p"]);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let temp = tempfile::tempdir().unwrap();
    let server = Launch::dev(temp.path().join("one")).start().unwrap();
    let listen = server.address().to_string();
    let data = temp.path().join("two");
    let ended = run(&["serve", "--dev", "--listen", &listen, "--data", data.to_str().unwrap()]);
    let text = format!("cannot listen on {listen}");
    assert_refused(&ended, 1, &[&text, "another program has the port"]);
}

#[test]
fn a_database_of_somebody_else_is_left_alone() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("shardmill.db");
    fs::write(&file, "not a database").unwrap();
    let data = temp.path().to_str().unwrap();
    let ended = run(&["serve", "--dev", "--listen", "127.0.0.1:0", "--data", data]);
    assert_refused(&ended, 3, &["cannot open the store"]);
    assert_eq!(fs::read(file).unwrap(), b"not a database");
}

#[test]
fn a_start_on_an_emptied_database_is_a_loss() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    Launch::dev(&data).start().unwrap().stop().unwrap();
    fs::write(data.join("shardmill.db"), "").unwrap();
    let ended =
        run(&["serve", "--dev", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()]);
    let texts = ["belongs to another database", "hint: `shardmill verify --data", "--accept-loss"];
    assert_refused(&ended, 3, &texts);
}

#[test]
fn settings_that_cannot_be_meant_are_usage_errors() {
    let temp = tempfile::tempdir().unwrap();
    let config = temp.path().join("shardmill.toml");
    let path = config.to_str().unwrap();
    for (setting, texts) in [
        ("data = \"\"", ["line 1: a path must not be empty", "name one"]),
        ("drain-seconds = 86401", ["must be at most 86400", "hint: "]),
        ("dev-allow-remote = true", ["dev-allow-remote says nothing without dev", "hint: "]),
    ] {
        fs::write(&config, setting).unwrap();
        assert_refused(&run(&["serve", "--config", path]), 2, &texts);
    }
    for flags in [
        ["--data", ""],
        ["--drain-seconds", "18446744073709551615"],
        ["--listen=127.0.0.1:0", "--dev-allow-remote"],
    ] {
        let ended = run(&[&["serve"][..], &flags].concat());
        assert_eq!(ended.code, Some(2), "{flags:?}: {ended:?}");
    }
}

#[test]
fn what_only_looks_makes_nothing_where_there_is_no_store() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().to_str().unwrap();
    for command in [&["verify"][..], &["verify", "--accept-loss"], &["audit", "verify"]] {
        let ended = run(&[command, &["--data", path][..]].concat());
        assert_refused(&ended, 2, &["it holds no store", "hint: name the server's with --data"]);
    }
    assert_eq!(run(&["doctor", "--data", path]).code, Some(0));
    assert!(fs::read_dir(temp.path()).unwrap().next().is_none(), "something was made");
}
