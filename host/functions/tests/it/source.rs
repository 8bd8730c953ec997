//! Functions that are source code, on an interpreter that says what it is told to.

use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::Arc;

use cap_std::fs::Dir;
use functions::Interpreters;
use serde_json::{Value, json};
use stdx::DataDir;
use storage::faulty::{self, Fate};
use storage::{Memory, Term};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::sandbox::Scripted;
use crate::support::{FUNCTIONS, Host, ROLE, base64};

const INVALID: &str = "InvalidParameterValueException";

fn data_dir(folder: &Path) -> DataDir {
    #[expect(clippy::disallowed_methods, reason = "a test's own directory")]
    let dir = Dir::open_ambient_dir(folder, cap_std::ambient_authority()).unwrap();
    DataDir::new(dir, folder)
}

fn install(folder: &Path, name: &str, word: &str) {
    data_dir(folder).replace(name, word.as_bytes(), 0o600).unwrap();
}

/// A host whose interpreters are the words in `folder`.
async fn host(memory: Arc<Memory>, folder: &Path) -> Host {
    let interpreters = Arc::new(Interpreters::of(data_dir(folder)));
    let (clock, of) = (Host::clock(), |_: &faulty::Call<'_>| Fate::Pass);
    let host = Host::build_with(memory, clock, of, Scripted::new, interpreters).await;
    host.service.start();
    host
}

fn zipped(files: &[(&str, &str)]) -> String {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    base64(writer.finish().unwrap().into_inner())
}

fn function(name: &str, runtime: &str, handler: &str, files: &[(&str, &str)]) -> Value {
    json!({
        "FunctionName": name, "Role": ROLE, "Runtime": runtime, "Handler": handler,
        "Code": {"ZipFile": zipped(files)}, "Environment": {"Variables": {"OWN": "o", "TZ": "UTC"}},
    })
}

#[tokio::test(start_paused = true)]
async fn the_interpreter_runs_with_the_files_of_the_package() {
    let temp = tempfile::tempdir().unwrap();
    install(temp.path(), "javascript.wasm", "(handler echo)");
    let memory = Arc::new(Memory::new(Term(1)));
    let host = host(Arc::clone(&memory), temp.path()).await;
    let files = [("index.js", "exports"), ("lib/a.js", "1")];
    let made =
        host.works("POST", FUNCTIONS, function("f", "nodejs22.x", "index.handler", &files)).await;
    assert_eq!(
        (&made["Runtime"], &made["Handler"]),
        (&json!("nodejs22.x"), &json!("index.handler"))
    );
    let answer = host.invoke("f", &[("X-Amz-Log-Type", "Tail")], &json!({"a": 1})).await.unwrap();
    assert_eq!(answer.body, json!({"a": 1}));
    let calls = host.sandbox.handled();
    let source = calls[0].input.source.as_ref().unwrap();
    let seen: Vec<_> = source.files.iter().map(|(name, it)| (&**name, &it[..])).collect();
    assert_eq!(seen, [("index.js", &b"exports"[..]), ("lib/a.js", b"1")]);
    assert_eq!(source.handler, "index.handler");
    let variable = |name: &str| {
        let found = calls[0].environment.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!((variable("OWN"), variable("TZ")), (Some("o"), Some("UTC")), "its own come first");
    assert_eq!(variable("AWS_LAMBDA_FUNCTION_NAME"), Some("f"));
    assert_eq!(variable("_HANDLER"), Some("index.handler"));
    assert_eq!(variable("AWS_ACCESS_KEY_ID"), None);
    assert!(variable("AWS_LAMBDA_LOG_STREAM_NAME").unwrap().starts_with("2026/09/22/[$LATEST]"));
    assert!(calls[0].environment.is_sorted());
    let changed = json!({"Handler": "lib/a.run", "Runtime": "nodejs20.x"});
    host.works("PUT", &format!("{FUNCTIONS}/f/configuration"), changed).await;
    host.invoke("f", &[], &json!(1)).await.unwrap();
    assert_eq!(host.sandbox.handled()[1].input.source.as_ref().unwrap().handler, "lib/a.run");
}

#[tokio::test(start_paused = true)]
async fn code_and_runtime_go_together() {
    let temp = tempfile::tempdir().unwrap();
    for name in ["javascript.wasm", "python.wasm"] {
        install(temp.path(), name, "(handler echo)");
    }
    let host = host(Arc::new(Memory::new(Term(1))), temp.path()).await;
    host.works("POST", FUNCTIONS, function("f", "python3.13", "app.handler", &[("app.py", "")]))
        .await;
    host.create("component", "(handler echo)").await;
    for (name, runtime, is) in [
        ("f", "nodejs22.x", "The function's code is Python, "),
        ("f", "provided.al2023", "The function's code is Python, "),
        ("component", "python3.13", "The function's code is a WebAssembly component, "),
    ] {
        let change = json!({"Runtime": runtime, "Handler": "a.b"});
        let path = format!("{FUNCTIONS}/{name}/configuration");
        let told = host.refused("PUT", &path, change).await;
        assert_eq!((told.status, &*told.code), (400, INVALID));
        assert!(told.message.starts_with(is), "{told:?}");
    }
    let path = format!("{FUNCTIONS}/f/code");
    let told = host.refused("PUT", &path, json!({"ZipFile": base64("(handler echo)")})).await;
    assert!(told.message.starts_with("Could not unzip uploaded file."), "{told:?}");
    let sdk = zipped(&[("app.py", "from boto3 import client\n")]);
    let told = host.refused("PUT", &path, json!({"ZipFile": sdk, "DryRun": true})).await;
    assert!(told.message.starts_with("app.py imports boto3, which is not there"), "{told:?}");
    host.works("PUT", &path, json!({"ZipFile": zipped(&[("app.py", "1")])})).await;
    host.invoke("f", &[], &json!(1)).await.unwrap();
    let calls = host.sandbox.handled();
    assert_eq!(calls[0].input.source.as_ref().unwrap().files[0].1, "1");
}

/// One that is added is found at once; one that is gone stops its functions, not the server.
#[tokio::test(start_paused = true)]
async fn interpreters_come_and_go() {
    let temp = tempfile::tempdir().unwrap();
    let memory = Arc::new(Memory::new(Term(1)));
    let first = host(Arc::clone(&memory), temp.path()).await;
    let wanted = function("f", "nodejs22.x", "index.handler", &[("index.js", "")]);
    let told = first.refused("POST", FUNCTIONS, wanted.clone()).await;
    assert!(told.message.starts_with("This server has no interpreter for JavaScript"), "{told:?}");
    install(temp.path(), "javascript.wasm", "(handler say 1)");
    first.works("POST", FUNCTIONS, wanted).await;
    assert_eq!(first.invoke("f", &[], &json!(0)).await.unwrap().body, json!(1));
    // Another one is taken when the server starts again, by what was there before, too.
    install(temp.path(), "javascript.wasm", "(handler say 2)");
    let memory = Arc::new(memory.reopen(2));
    let second = host(Arc::clone(&memory), temp.path()).await;
    assert_eq!(second.invoke("f", &[], &json!(0)).await.unwrap().body, json!(2));
    data_dir(temp.path()).remove("javascript.wasm").unwrap();
    let third = host(Arc::new(memory.reopen(3)), temp.path()).await;
    // Nothing is loaded for a call that has no place.
    let none = json!({"ReservedConcurrentExecutions": 0});
    let path = "/2017-10-31/functions/f/concurrency";
    third.works("PUT", path, none).await;
    assert_eq!(third.invoke("f", &[], &json!(0)).await.unwrap_err().status, 429);
    third.send("DELETE", path, Value::Null).await.unwrap();
    let told = third.invoke("f", &[], &json!(0)).await.unwrap_err();
    assert_eq!((told.status, &*told.code), (500, "ServiceException"));
    let text = "The function was not run: This server has no interpreter for JavaScript";
    assert!(told.message.starts_with(text), "{told:?}");
}
