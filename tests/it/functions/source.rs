//! Functions in source code: real SDKs, and the languages' own libraries against those that run here.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use e2e::{Launch, Server, interpreters, javascript, progress, python, run, workspace};

use crate::kinesis::passed;

fn server(folder: &Path) -> Server {
    let launch = Launch::dev(folder.join("data")).arg("--no-limits").arg("--interpreters");
    launch.arg(interpreters()).start().unwrap()
}

fn with_environment(server: &Server, work: impl FnOnce(&[(&str, &str)])) {
    let handlers = workspace::root().join("examples/handlers").display().to_string();
    let data = workspace::root().join("examples/earthquakes/earthquakes.ndjson");
    let script = workspace::root().join("tests/clients/source").display().to_string();
    let (data, url) = (data.display().to_string(), server.url());
    work(&[
        ("ENDPOINT", &url),
        ("HANDLERS", &handlers),
        ("EARTHQUAKES", &data),
        ("LIBRARIES", &script),
    ]);
}

/// One server for all, since each compiles its interpreters anew.
#[test]
fn functions_in_source_code_are_those_of_lambda() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let expected = temp.path().join("expected.json");
    std::fs::write(&expected, said_by_node()).unwrap();
    let expected = expected.display().to_string();
    for script in [
        "function_source.py",
        "function_source_examples.py",
        "function_source_soak.py",
        "function_source_errors.py",
        "function_source_mapping.py",
        "function_source_libraries.py",
    ] {
        let start = Instant::now();
        with_environment(&server, |env| {
            let env = [env, &[("EXPECTED", expected.as_str())]].concat();
            passed(python(script, &env));
        });
        progress(format!("{script} ({:.1} s)", start.elapsed().as_secs_f64()));
    }
    with_environment(&server, |env| passed(javascript("source.mjs", env)));
}

/// What Node.js answers where the interpreter is to answer the same.
fn said_by_node() -> String {
    let script = workspace::root().join("tests/clients/source/libraries.cjs");
    let text = format!(
        "require({script:?}).handler().then((it) => process.stdout.write(JSON.stringify(it)))"
    );
    let ended = run(Command::new("node").args(["-e", &text]), b"", Duration::from_secs(60));
    ended.unwrap().success("node").unwrap().stdout
}

/// A server that has none of its own finds them once they are in its data directory, and what was made before a crash
/// runs after it.
#[test]
fn interpreters_are_found_in_the_data_directory_and_after_a_crash() {
    let temp = tempfile::tempdir().unwrap();
    let server = Launch::dev(temp.path().join("data")).start().unwrap();
    with_environment(&server, |env| passed(python("function_source_missing.py", env)));
    let folder = temp.path().join("data/interpreters");
    let name = "javascript.wasm";
    std::fs::copy(interpreters().join(name), folder.join(name)).unwrap();
    with_environment(&server, |env| passed(python("function_source_found.py", env)));
    let again = server.kill().unwrap().start().unwrap();
    with_environment(&again, |env| passed(python("function_source_kept.py", env)));
}
