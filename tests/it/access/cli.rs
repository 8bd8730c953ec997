//! `accounts`, `keys`, `roles` and `secrets` as they are typed.

use std::path::Path;

use e2e::{Ended, Launch, Program, Server};
use serde_json::{Value, json};

fn server(folder: &Path) -> Server {
    let server = Launch::dev(folder.join("data")).start().unwrap();
    let input = json!({ "StreamName": "clicks", "ShardCount": 1 });
    server.client().call("CreateStream", &input).unwrap();
    server
}

fn command(server: &Server, args: &[&str]) -> Program {
    Program::new(args).args(["--endpoint", &server.url()])
}

fn ended(server: &Server, args: &[&str]) -> Ended {
    command(server, args).run().unwrap()
}

/// What a command prints, if it works.
fn run(server: &Server, args: &[&str]) -> String {
    ended(server, args).success(&args.join(" ")).unwrap().stdout
}

fn json_of(server: &Server, args: &[&str]) -> Value {
    serde_json::from_str(&run(server, &[args, &["--json"]].concat())).unwrap()
}

fn policy(folder: &Path, action: &str) -> String {
    let path = folder.join("policy.json");
    let statement = json!({ "Effect": "Allow", "Action": action, "Resource": "*" });
    let document = json!({ "Version": "2012-10-17", "Statement": [statement] });
    std::fs::write(&path, document.to_string()).unwrap();
    path.display().to_string()
}

#[test]
fn a_key_is_made_used_simulated_and_revoked() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let policy_file = policy(temp.path(), "kinesis:Put*");
    let profile = run(&server, &["keys", "create", "--user", "web", "--policy", &policy_file]);
    assert!(profile.starts_with("\n[web]\naws_access_key_id = SMAK"), "{profile}");
    let credentials = temp.path().join("credentials");
    std::fs::write(&credentials, &profile).unwrap();
    let as_web = |args: &[&str], input: &str| {
        let program = command(&server, args).env("AWS_SHARED_CREDENTIALS_FILE", &credentials);
        program.env("AWS_PROFILE", "web").input(input).run().unwrap()
    };
    as_web(&["put", "--stream", "clicks"], "a\nb\n").success("put").unwrap();
    let denied = as_web(&["tail", "--stream", "clicks"], "");
    assert!(denied.code == Some(1) && denied.stderr.contains("not authorized"), "{denied:?}");
    let denied = as_web(&["keys", "list"], "");
    assert!(
        denied.stderr.contains("hint: sign with the key of the account's root"),
        "{}",
        denied.stderr
    );

    let listed = json_of(&server, &["keys", "list"]);
    let id = listed["Keys"][0]["AccessKeyId"].as_str().unwrap();
    let table = run(&server, &["keys", "list"]);
    assert!(table.contains("web") && table.contains(id) && table.contains("Active"), "{table}");
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/clicks";
    let allowed = ["keys", "simulate", "web", "kinesis:PutRecord", "--resource", arn];
    let told = run(&server, &allowed);
    assert_eq!(told, "allowed\n  statement 0 of policy default allows it\n");
    let denied =
        json_of(&server, &["keys", "simulate", "web", "kinesis:GetRecords", "--resource", arn]);
    assert_eq!(denied["Decision"], "implicitDeny");

    policy(temp.path(), "kinesis:*");
    run(&server, &["keys", "policy", "put", "web", &policy_file]);
    let shown = json_of(&server, &["keys", "policy", "show", "web"]);
    assert_eq!(shown["default"]["Statement"][0]["Action"], "kinesis:*");
    assert_eq!(as_web(&["tail", "--stream", "clicks"], "").stdout.lines().count(), 2);
    run(&server, &["keys", "disable", id]);
    let refused = as_web(&["tail", "--stream", "clicks"], "");
    assert!(refused.stderr.contains("security token"), "{}", refused.stderr);
    run(&server, &["keys", "enable", id]);
    as_web(&["tail", "--stream", "clicks"], "").success("tail").unwrap();
    run(&server, &["keys", "delete-user", "web"]);
    assert_eq!(json_of(&server, &["keys", "list"]), json!({ "Users": [], "Keys": [] }));
}

#[test]
fn a_policy_that_is_refused_leaves_no_user() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let create = command(&server, &["keys", "create", "--user", "web", "--policy", "-"]);
    let refused = create.input("{\"Statement\": []}").run().unwrap();
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("hint: a policy looks like"), "{}", refused.stderr);
    assert_eq!(refused.stdout, "");
    assert_eq!(json_of(&server, &["keys", "list"]), json!({ "Users": [], "Keys": [] }));
    let missing = ended(&server, &["keys", "create"]);
    assert_eq!(missing.code, Some(2), "{missing:?}");
}

#[test]
fn a_key_too_many_changes_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let narrow = policy(temp.path(), "kinesis:ListStreams");
    run(&server, &["keys", "create", "--user", "web", "--policy", &narrow]);
    run(&server, &["keys", "create", "--user", "web"]);
    let before = run(&server, &["keys", "policy", "show", "web"]);
    let wide = policy(temp.path(), "kinesis:*");
    let third = ended(&server, &["keys", "create", "--user", "web", "--policy", &wide]);
    assert_eq!(third.code, Some(1), "{third:?}");
    assert!(third.stderr.contains("hint: delete one of its keys first"), "{}", third.stderr);
    assert_eq!(run(&server, &["keys", "policy", "show", "web"]), before);

    // Nor does a policy that is refused, of a user who is there: no key is left of it.
    run(&server, &["keys", "create", "--user", "db"]);
    let create = command(&server, &["keys", "create", "--user", "db", "--policy", "-"]);
    assert_eq!(create.input("{}").run().unwrap().code, Some(1));
    let keys = json_of(&server, &["keys", "list"]);
    let of_db = |key: &&Value| key["UserName"] == "db";
    assert_eq!(keys["Keys"].as_array().unwrap().iter().filter(of_db).count(), 1, "{keys}");
}

#[test]
fn an_account_is_made_filled_closed_and_opened() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let id = "222233334444";
    let made = json_of(&server, &["accounts", "create", "team-a", "--id", id]);
    let word = |member: &str| made["AccessKey"][member].as_str().unwrap().to_owned();
    let (key, secret) = (word("AccessKeyId"), word("SecretAccessKey"));
    let as_root = |args: &[&str]| {
        let program = command(&server, args).env("AWS_ACCESS_KEY_ID", &key);
        program.env("AWS_SECRET_ACCESS_KEY", &secret).run().unwrap()
    };
    as_root(&["keys", "create", "--user", "ann"]).success("keys create").unwrap();
    let refused = as_root(&["accounts", "list"]);
    assert!(
        refused.stderr.contains("accounts are managed with the operator's"),
        "{}",
        refused.stderr
    );
    let users = json_of(&server, &["keys", "list", "--account", id]);
    assert_eq!(users["Users"][0]["UserName"], "ann");
    let table = run(&server, &["accounts", "list"]);
    assert!(table.contains(id) && table.contains("operator"), "{table}");
    run(&server, &["accounts", "close", id]);
    assert_eq!(json_of(&server, &["accounts", "show", id])["Status"], "CLOSED");
    let refused = as_root(&["keys", "list"]);
    assert!(refused.stderr.contains("UnrecognizedClientException"), "{}", refused.stderr);
    run(&server, &["accounts", "reopen", id]);
    as_root(&["keys", "list"]).success("keys list").unwrap();
}

#[test]
fn roles_and_secrets_are_made_listed_and_deleted() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let policy_file = policy(temp.path(), "kinesis:Get*");
    run(&server, &["roles", "create", "clean", "--policy", &policy_file, "--tag", "team=web"]);
    let shown = json_of(&server, &["roles", "show", "clean"]);
    assert_eq!(shown["Tags"], json!({ "team": "web" }));
    assert!(run(&server, &["roles", "list"]).contains(":role/clean"));
    let asked = ["keys", "simulate", "--role", "clean", "kinesis:GetRecords"];
    assert!(run(&server, &asked).starts_with("allowed\n"));
    run(&server, &["roles", "delete", "clean"]);
    assert_eq!(json_of(&server, &["roles", "list"]), json!([]));

    let put = command(&server, &["secrets", "put", "db/password"]).input("hush-hush\n");
    let put = put.run().unwrap().success("secrets put").unwrap();
    assert!(put.stdout.contains("db/password (version 1)"), "{}", put.stdout);
    let listed = json_of(&server, &["secrets", "list"]);
    assert_eq!(listed[0]["Name"], "db/password");
    assert!(!listed.to_string().contains("hush"));
    let empty = command(&server, &["secrets", "put", "x"]).input("\n").run().unwrap();
    assert!(empty.code == Some(2) && empty.stderr.contains("the value is empty"), "{empty:?}");
    let data = std::fs::read_dir(server.data()).unwrap().map(|entry| entry.unwrap().path());
    for path in data.filter(|path| path.is_file()) {
        let bytes = std::fs::read(&path).unwrap();
        let found = bytes.windows(9).any(|window| window == b"hush-hush");
        assert!(!found, "{} holds the secret", path.display());
    }
    run(&server, &["secrets", "delete", "db/password"]);
    let gone = ended(&server, &["secrets", "delete", "db/password"]);
    assert!(
        gone.stderr.contains("The secret with name db/password cannot be found."),
        "{}",
        gone.stderr
    );
}
