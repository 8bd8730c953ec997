//! `shardmill tls export`, and our own commands over https.

use std::fs;

use e2e::{Ended, Launch, Program, python};
use rcgen::SanType;

use super::{made, served};
use crate::kinesis::passed;

fn put(url: &str) -> Program {
    Program::new(["put", "--stream", "s", "--endpoint", url]).input("a\nb\n")
}

fn ended(program: Program) -> Ended {
    program.run().unwrap()
}

#[test]
fn our_own_commands_speak_https_to_whom_they_trust() {
    let temp = tempfile::tempdir().unwrap();
    let (server, ca) = served(temp.path(), "required");
    let url = server.tls_url();
    let script = [("ENDPOINT", &*url), ("AWS_CA_BUNDLE", ca.to_str().unwrap())];
    passed(python("one_stream.py", &script));
    ended(put(&url).arg("--ca").arg(&ca)).success("put --ca").unwrap();
    ended(put(&url).env("AWS_CA_BUNDLE", &ca)).success("put with AWS_CA_BUNDLE").unwrap();
    let tail = Program::new(["tail", "--stream", "s", "--from", "trim-horizon"]);
    let tail = ended(tail.arg("--endpoint").arg(&url).arg("--ca").arg(&ca));
    assert_eq!(tail.success("tail").unwrap().stdout.lines().count(), 4);

    let (stranger, _) = made(temp.path(), "stranger", |_params| {});
    let untrusted = ended(put(&url).arg("--ca").arg(stranger));
    assert_eq!(untrusted.code, Some(1));
    for text in ["cannot trust https://localhost:", "UnknownIssuer", "hint: name the server's"] {
        assert!(untrusted.stderr.contains(text), "{}", untrusted.stderr);
    }
    let clear = ended(put(&server.url()));
    assert!(clear.stderr.contains("takes requests over TLS only"), "{}", clear.stderr);
}

#[test]
fn a_certificate_for_another_name_is_not_trusted() {
    let temp = tempfile::tempdir().unwrap();
    let (chain, key) = made(temp.path(), "elsewhere", |params| {
        params.subject_alt_names = vec![SanType::DnsName("elsewhere.test".try_into().unwrap())];
    });
    let launch = Launch::dev(temp.path().join("data")).arg("--tls-cert").arg(&chain);
    let server = launch.arg("--tls-key").arg(key).start().unwrap();
    let untrusted = ended(put(&server.tls_url()).arg("--ca").arg(chain));
    assert_eq!(untrusted.code, Some(1));
    assert!(untrusted.stderr.contains("`tls-names`"), "{}", untrusted.stderr);
}

#[test]
fn a_server_without_tls_is_named_as_such() {
    let temp = tempfile::tempdir().unwrap();
    let launch = Launch::dev(temp.path().join("data")).arg("--tls").arg("off");
    let server = launch.start().unwrap();
    let ca = temp.path().join("ca.pem");
    let export = || Program::new(["tls", "export", "--data"]).arg(temp.path().join("data"));
    let refused = ended(export());
    assert_eq!((refused.code, &*refused.stdout), (Some(4), ""));
    assert!(refused.stderr.contains("makes no certificate of its own"), "{}", refused.stderr);
    let (chain, _) = made(temp.path(), "one", |_params| {});
    let hello = ended(put(&server.tls_url()).arg("--ca").arg(chain));
    assert!(hello.stderr.contains("use http://"), "{}", hello.stderr);
    server.stop().unwrap();

    // Without a server the authority is made, and the same one from then on.
    let first = ended(export().arg("--out").arg(&ca)).success("tls export").unwrap();
    for text in ["AWS_CA_BUNDLE=/", "NODE_EXTRA_CA_CERTS=/", "keytool -importcert"] {
        assert!(first.stderr.contains(text), "{}", first.stderr);
    }
    let second = ended(export()).success("tls export").unwrap();
    assert_eq!(second.stdout, fs::read_to_string(&ca).unwrap());
    let server = Launch::dev(temp.path().join("data")).start().unwrap();
    let put = ended(put(&server.tls_url()).arg("--ca").arg(&ca));
    assert!(put.stderr.contains("ResourceNotFoundException"), "{}", put.stderr);
}
