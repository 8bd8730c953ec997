//! boto3 under policies.

use e2e::{Launch, python};

use crate::kinesis::passed;

#[test]
fn users_do_what_their_policies_say() {
    let temp = tempfile::tempdir().unwrap();
    let server = Launch::dev(temp.path().join("data")).arg("--no-limits").start().unwrap();
    passed(python("access.py", &[("ENDPOINT", &server.url())]));
}

#[test]
fn keys_and_policies_outlive_a_crash() {
    let temp = tempfile::tempdir().unwrap();
    let server = Launch::dev(temp.path().join("data")).start().unwrap();
    let keys = temp.path().join("keys.json").display().to_string();
    let run = |url: &str, phase: &str| {
        passed(python(
            "access_restart.py",
            &[("ENDPOINT", url), ("KEYS", &keys), ("PHASE", phase)],
        ));
    };
    run(&server.url(), "before");
    let server = server.kill().unwrap().start().unwrap();
    run(&server.url(), "after");
}
