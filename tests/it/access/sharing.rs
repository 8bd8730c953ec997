//! What one account shares with another, streams, consumers, keys and functions: boto3, the commands, a crash, and both accounts' audit trails.

use std::path::Path;

use e2e::{Launch, Program, Server, aws, python, workspace};
use serde_json::{Value, json};

use crate::kinesis::passed;

/// The account that is let in.
const GUEST: &str = "222233334444";
/// The account of `serve --dev`.
const OWNER: &str = "000000000000";

fn run(server: &Server, args: &[&str]) -> String {
    let program = Program::new(args).args(["--endpoint", &server.url()]);
    program.run().unwrap().success(&args.join(" ")).unwrap().stdout
}

/// A key as `id:secret`, out of what a command prints.
fn key(printed: &str) -> String {
    let printed: Value = serde_json::from_str(printed).unwrap();
    let key = printed.get("AccessKey").unwrap_or(&printed);
    let word = |member: &str| key[member].as_str().unwrap().to_owned();
    format!("{}:{}", word("AccessKeyId"), word("SecretAccessKey"))
}

fn policy(folder: &Path, name: &str, statement: &Value) -> String {
    let path = folder.join(name);
    let document = json!({ "Version": "2012-10-17", "Statement": [statement] });
    std::fs::write(&path, document.to_string()).unwrap();
    path.display().to_string()
}

#[test]
fn a_stream_is_shared_with_another_account() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let server = Launch::dev(data).args(["--no-limits", "--audit-data-events"]).start().unwrap();
    let root = key(&run(&server, &["accounts", "create", "guest", "--id", GUEST, "--json"]));
    let own = json!({ "Effect": "Allow", "Action": "kinesis:*", "Resource": "*" });
    let own = policy(temp.path(), "own.json", &own);
    let create =
        ["keys", "create", "--user", "ann", "--account", GUEST, "--policy", &own, "--json"];
    let user = key(&run(&server, &create));
    let run_script = |name: &str, url: &str, phase: &str| {
        let around = [("ENDPOINT", url), ("PHASE", phase), ("ROOT", &*root), ("USER", &*user)];
        passed(python(name, &around));
    };
    let script = |url: &str, phase: &str| run_script("sharing.py", url, phase);
    script(&server.url(), "before");
    run_script("sharing_consumer.py", &server.url(), "");
    told(&server);
    run_script("sharing_encrypted.py", &server.url(), "");
    simulated(&server, temp.path());
    let server = server.kill().unwrap().start().unwrap();
    script(&server.url(), "after");
}

#[test]
fn a_function_is_called_from_another_account() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let server = Launch::dev(data).args(["--no-limits", "--audit-data-events"]).start().unwrap();
    let root = key(&run(&server, &["accounts", "create", "guest", "--id", GUEST, "--json"]));
    let own = json!({ "Effect": "Allow", "Action": "lambda:*", "Resource": "*" });
    let own = policy(temp.path(), "own.json", &own);
    let create =
        ["keys", "create", "--user", "ann", "--account", GUEST, "--policy", &own, "--json"];
    let user = key(&run(&server, &create));
    let quakes = workspace::root().join("guests/rust-quakes/quakes.wasm").display().to_string();
    let script = |url: &str, phase: &str| {
        let around = [
            ("ENDPOINT", url),
            ("PHASE", phase),
            ("ROOT", &*root),
            ("USER", &*user),
            ("QUAKES", &*quakes),
        ];
        passed(python("function_sharing.py", &around));
    };
    script(&server.url(), "before");
    let printed = run(&server, &["audit", "--all", "--json", "--since", "1d"]);
    let events = printed.lines().map(|line| serde_json::from_str(line).unwrap());
    let of_guest = |event: &Value| {
        event["userIdentity"]["accountId"] == GUEST && event["recipientAccountId"] == OWNER
    };
    let copies: Vec<Value> = events.filter(of_guest).collect();
    assert!(copies.iter().all(|it| it["eventName"] == "Invoke"), "{printed}");
    assert_eq!(copies.len(), 2, "{printed}");
    // The command asks for the function's policy by itself, as one's own users are decided about.
    let arn = format!("arn:aws:lambda:us-east-1:{OWNER}:function:shared");
    run(&server, &["keys", "create", "--user", "bob"]);
    let ask = ["keys", "simulate", "bob", "lambda:InvokeFunction", "--resource", &arn];
    assert!(run(&server, &ask).starts_with("allowed"));
    let server = server.kill().unwrap().start().unwrap();
    script(&server.url(), "after");
}

/// Both accounts know of the guest's calls that were let in, and the owner of no others.
fn told(server: &Server) {
    let printed = run(server, &["audit", "--all", "--json", "--since", "1d"]);
    let events: Vec<Value> =
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let by_guest = |event: &&Value| event["userIdentity"]["accountId"] == GUEST;
    let puts = events.iter().filter(by_guest).filter(|it| it["eventName"] == "PutRecord");
    let of = |account: &str| {
        let mut found = puts.clone().filter(move |it| it["recipientAccountId"] == account);
        let shared = found.clone().filter(|it| it.get("sharedEventID").is_some()).count();
        (found.clone().count(), shared, found.next().cloned().unwrap_or_default())
    };
    let (count, shared, copy) = of(OWNER);
    assert_eq!((count, shared), (2, 2), "{printed}");
    assert_eq!(copy["userIdentity"]["type"], "AWSAccount");
    assert!(copy["userIdentity"].get("accessKeyId").is_none(), "{copy}");
    assert_eq!(copy["resources"][0]["accountId"], OWNER);
    let (count, shared, event) = of(GUEST);
    assert!(count > 2, "refusals are in the caller's own trail: {printed}");
    assert_eq!(shared, 2);
    assert_ne!(event["eventID"], copy["eventID"]);
}

/// What the policy of a stream says to one's own users, and that of another account's as its owner sends it.
fn simulated(server: &Server, folder: &Path) {
    let arn = format!("arn:aws:kinesis:us-east-1:{OWNER}:stream/shared");
    run(server, &["keys", "create", "--user", "bob"]);
    let ask = ["keys", "simulate", "bob", "kinesis:GetRecords", "--resource", &arn];
    let told = run(server, &ask);
    assert!(
        told.starts_with("explicitDeny") && told.contains("of the resource's policy"),
        "{told}"
    );
    let theirs = json!({ "Effect": "Allow", "Principal": { "AWS": GUEST }, "Action": "kinesis:*", "Resource": arn });
    let theirs = policy(folder, "theirs.json", &theirs);
    let ann =
        ["keys", "simulate", "ann", "kinesis:GetRecords", "--account", GUEST, "--resource", &arn];
    let told = run(server, &[&ann[..], &["--resource-policy", &theirs]].concat());
    assert!(told.starts_with("allowed"), "{told}");
    of_a_key(server, folder);
}

/// The same of a key: the command asks for its policy by itself, which leaves it to the account or does not.
fn of_a_key(server: &Server, folder: &Path) {
    let url = server.url();
    let env = [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", &*url),
    ];
    let kms = |words: &[&str]| -> Value {
        let ended = aws(&[&["kms"], words, &["--output", "json"]].concat(), &env).unwrap();
        serde_json::from_str(&ended.stdout).unwrap_or_default()
    };
    let key = kms(&["create-key"])["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    let all = json!({ "Effect": "Allow", "Action": "kms:*", "Resource": "*" });
    run(server, &["keys", "policy", "put", "bob", &policy(folder, "all.json", &all)]);
    let ask = ["keys", "simulate", "bob", "kms:Encrypt", "--resource", &key];
    let told = run(server, &ask);
    assert!(told.starts_with("allowed"), "{told}");
    let root = json!({ "Effect": "Allow", "Principal": { "AWS": OWNER }, "Action": "kms:Put*", "Resource": "*" });
    let file = format!("file://{}", policy(folder, "key.json", &root));
    kms(&["put-key-policy", "--key-id", &key, "--policy", &file]);
    // It shows the policy to nobody any more: whoever may not see it sends it.
    let told = run(server, &[&ask[..], &["--resource-policy", &file[7..]]].concat());
    assert!(told.starts_with("implicitDeny"), "{told}");
}
