//! `streams`: what there is, and how it is made, changed and deleted.

use std::path::Path;

use e2e::{Ended, Launch, Program, Server};
use serde_json::{Value, json};

pub(super) fn server(folder: &Path) -> Server {
    Launch::dev(folder.join("data")).arg("--no-limits").start().unwrap()
}

fn ended(server: &Server, args: &[&str]) -> Ended {
    Program::new(["streams"]).args(args).args(["--endpoint", &server.url()]).run().unwrap()
}

/// What a command prints, if it works.
pub(super) fn text(server: &Server, args: &[&str]) -> String {
    ended(server, args).success(&args.join(" ")).unwrap().stdout
}

pub(super) fn json_of(server: &Server, args: &[&str]) -> Value {
    serde_json::from_str(&text(server, &[args, &["--json"]].concat())).unwrap()
}

#[test]
fn streams_are_made_listed_changed_and_deleted() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let none = ended(&server, &["list"]);
    assert!(none.code == Some(0) && none.stdout.is_empty(), "{none:?}");
    assert!(none.stderr.contains("`shardmill streams create` makes one"), "{}", none.stderr);

    let made = text(&server, &["create", "clicks", "--shards", "2", "--tag", "team=a", "--wait"]);
    assert_eq!(made, "created clicks: ACTIVE, provisioned, 2 open shards, 24 h\n");
    let made = json_of(&server, &["create", "films", "--on-demand", "--max-record-kib", "10240"]);
    assert_eq!(made["StreamModeDetails"]["StreamMode"], "ON_DEMAND");
    assert_eq!((&made["OpenShardCount"], &made["MaxRecordSizeInKiB"]), (&json!(4), &json!(10240)));
    let again = ended(&server, &["create", "clicks"]);
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(again.stderr.contains("hint: `shardmill streams describe` shows it"), "{again:?}");

    let listed = text(&server, &["list"]);
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> = listed.lines().map(words).collect();
    assert_eq!(rows[1], ["clicks", "ACTIVE", "provisioned", "2", "24", "h", "0"]);
    assert_eq!(rows[2][..4], ["films", "ACTIVE", "on-demand", "4"]);
    let names = json_of(&server, &["list"]);
    assert_eq!(
        (&names[0]["StreamName"], &names[1]["StreamName"]),
        (&json!("clicks"), &json!("films"))
    );

    let changed = text(&server, &["retention", "clicks", "--hours", "48"]);
    assert_eq!(changed, "changed clicks: ACTIVE, provisioned, 2 open shards, 48 h\n");
    assert!(
        text(&server, &["retention", "clicks", "--hours", "48"]).starts_with("unchanged clicks")
    );
    assert!(text(&server, &["retention", "clicks", "--hours", "24"]).contains(" 24 h"));
    let refused = ended(&server, &["retention", "clicks", "--hours", "23"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");

    assert_eq!(text(&server, &["delete", "films", "--wait"]), "deleted films\n");
    let arn = names[0]["StreamARN"].as_str().unwrap();
    assert_eq!(json_of(&server, &["delete", arn]), json!({ "deleted": arn }));
    let absent = ended(&server, &["describe", "clicks"]);
    assert_eq!(absent.code, Some(1), "{absent:?}");
    assert!(absent.stderr.contains("`shardmill streams list`"), "{}", absent.stderr);
    assert_eq!(ended(&server, &["create", "x", "--shards", "0"]).code, Some(2));
    assert_eq!(ended(&server, &["create", "x", "--shards", "1", "--on-demand"]).code, Some(2));
}

#[test]
fn a_stream_is_described_with_its_shards() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    text(&server, &["create", "clicks", "--shards", "2"]);
    let described = text(&server, &["describe", "clicks"]);
    for line in [
        "clicks\n",
        "  arn         arn:aws:kinesis:us-east-1:000000000000:stream/clicks\n",
        "  status      ACTIVE\n",
        "  shards      2 open, 0 closed\n",
        "  consumers   0\n",
        "  compression NONE\n",
        // No terminal, no bars.
        "  shardId-000000000000  open   0..170141183460469231731687303715884105727",
    ] {
        assert!(described.contains(line), "{line} is not in {described}");
    }
    let described = json_of(&server, &["describe", "clicks"]);
    assert_eq!(described["StreamName"], "clicks");
    let shards = described["Shards"].as_array().unwrap();
    assert_eq!(shards[1]["ShardId"], "shardId-000000000001");
    let range = &shards[1]["HashKeyRange"];
    assert_eq!(range["StartingHashKey"], "170141183460469231731687303715884105728");
}

#[test]
fn a_stream_changes_its_mode_unless_a_queue_needs_it() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    text(&server, &["create", "clicks", "--shards", "2"]);
    let changed = text(&server, &["mode", "clicks", "on-demand", "--wait"]);
    assert_eq!(changed, "changed clicks: ACTIVE, on-demand, 2 open shards, 24 h\n");
    let queue = json!({
        "QueueName": "work",
        "StreamConfigurationList": [{ "StreamARN": arn_of(&server, "clicks"),
                                      "StartingPosition": { "Type": "LATEST" } }],
    });
    let made = server.client().call("CreateQueue", &queue).unwrap();
    let refused = ended(&server, &["mode", "clicks", "provisioned"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("queue"), "{}", refused.stderr);
    let gone = json!({ "QueueARN": made["QueueDescription"]["QueueARN"] });
    server.client().call("DeleteQueue", &gone).unwrap();
    let changed = json_of(&server, &["mode", "clicks", "provisioned", "--wait"]);
    assert_eq!(changed["StreamModeDetails"]["StreamMode"], "PROVISIONED");
    assert_eq!(ended(&server, &["mode", "clicks", "both"]).code, Some(2));
}

#[test]
fn a_stream_with_consumers_is_deleted_by_force() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    text(&server, &["create", "clicks"]);
    let consumer = json!({ "StreamARN": arn_of(&server, "clicks"), "ConsumerName": "app" });
    server.client().call("RegisterStreamConsumer", &consumer).unwrap();
    let refused = ended(&server, &["delete", "clicks"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    for line in ["1 consumers are registered", "hint: --force deletes it nevertheless"] {
        assert!(refused.stderr.contains(line), "{}", refused.stderr);
    }
    assert!(text(&server, &["describe", "clicks"]).contains("  consumers   1\n"));
    assert_eq!(text(&server, &["delete", "clicks", "--force", "--wait"]), "deleted clicks\n");
    // Nobody is registered at a stream that is made again.
    text(&server, &["create", "clicks"]);
    assert!(text(&server, &["describe", "clicks"]).contains("  consumers   0\n"));
    assert_eq!(text(&server, &["delete", "clicks"]), "deleted clicks\n");
}

fn arn_of(server: &Server, stream: &str) -> Value {
    json_of(server, &["describe", stream])["StreamARN"].clone()
}

#[test]
fn a_stream_is_compressed_and_not_any_more() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    text(&server, &["create", "clicks", "--shards", "1"]);
    let done = text(&server, &["compress", "clicks", "lz4"]);
    assert!(done.starts_with("compresses clicks: ACTIVE"), "{done}");
    let described = text(&server, &["describe", "clicks"]);
    assert!(described.contains("  compression LZ4\n"), "{described}");
    let arn = json_of(&server, &["describe", "clicks"])["StreamARN"].clone();
    let told = json_of(&server, &["compress", arn.as_str().unwrap(), "none"]);
    assert_eq!(told["StreamName"], "clicks");
    assert_eq!(json_of(&server, &["describe", "clicks"])["Compression"], "NONE");
    assert_eq!(ended(&server, &["compress", "clicks", "zip"]).code, Some(2));
    assert_eq!(ended(&server, &["compress", "films", "lz4"]).code, Some(1));
}
