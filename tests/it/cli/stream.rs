//! Streams, from the first to the last command.

use e2e::{Launch, Server};
use serde_json::{Value, json};

use super::Shell;

const ARN: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";

#[test]
fn a_stream_is_made_filled_read_changed_and_deleted() {
    let temp = tempfile::tempdir().unwrap();
    let server = Launch::dev(temp.path().join("data")).arg("--no-limits").start().unwrap();
    let shell = Shell::new(&server);
    shell.text(&[
        "kinesis",
        "create-stream",
        "--stream-name",
        "orders",
        "--shard-count",
        "2",
        "--tags",
        "team=a,cost=1",
    ]);
    shell.text(&["kinesis", "wait", "stream-exists", "--stream-name", "orders"]);
    put(&shell, temp.path());
    read(&shell);
    tags(&shell);
    retention(&shell);
    shards(&shell);
    lists(&shell, &server);
    let delete =
        ["kinesis", "delete-stream", "--stream-name", "orders", "--enforce-consumer-deletion"];
    shell.text(&delete);
    shell.text(&["kinesis", "wait", "stream-not-exists", "--stream-name", "orders"]);
    let absent = "Stream orders under account 000000000000 not found.";
    shell.refuses(&delete, "DeleteStream", "ResourceNotFoundException", absent);
}

/// Twice as many shards and back, with the waiter.
fn shards(shell: &Shell) {
    for (have, target, all) in [(2, 4, 6), (4, 2, 8)] {
        let told = shell.json(&[
            "kinesis",
            "update-shard-count",
            "--stream-name",
            "orders",
            "--target-shard-count",
            &target.to_string(),
            "--scaling-type",
            "UNIFORM_SCALING",
        ]);
        let expected = json!({"StreamName": "orders", "CurrentShardCount": have,
                              "TargetShardCount": target, "StreamARN": ARN});
        assert_eq!(told, expected);
        shell.text(&["kinesis", "wait", "stream-exists", "--stream-name", "orders"]);
        let listed = shell.json(&["kinesis", "list-shards", "--stream-name", "orders"]);
        assert_eq!(listed["Shards"].as_array().unwrap().len(), all);
        let open = shell.json(&[
            "kinesis",
            "list-shards",
            "--stream-name",
            "orders",
            "--shard-filter",
            "Type=AT_LATEST",
        ]);
        assert_eq!(open["Shards"].as_array().unwrap().len(), target);
    }
}

/// Version 1 takes data as it stands on the command line, and files with `fileb://`.
fn put(shell: &Shell, folder: &std::path::Path) {
    let binary = folder.join("binary");
    std::fs::write(&binary, [0, 255, 10]).unwrap();
    let binary = format!("fileb://{}", binary.display());
    let record = ["kinesis", "put-record", "--partition-key", "a"];
    let named = [&record[..], &["--stream-name", "orders", "--data", "größer"]].concat();
    let put = shell.json(&named);
    assert_eq!(put["ShardId"], "shardId-000000000000", "{put}");
    assert_eq!(put["SequenceNumber"].as_str().map(str::len), Some(56));
    let by_arn =
        [&record[..], &["--stream-arn", ARN, "--data", &binary, "--output", "text"]].concat();
    let printed = shell.text(&by_arn);
    let is_number = |text: &str| text.starts_with("49") && text.len() == 56;
    let columns: Vec<&str> = printed.trim().split('\t').collect();
    assert!(is_number(columns[0]) && columns[1] == "shardId-000000000000", "{printed}");
    let records = ["Data=one,PartitionKey=a", "Data=two,PartitionKey=a"];
    let many = ["kinesis", "put-records", "--stream-name", "orders", "--records"];
    let put = shell.json(&[&many[..], &records].concat());
    assert_eq!(put["FailedRecordCount"], 0, "{put}");
    assert_eq!(put["Records"].as_array().map(Vec::len), Some(2));
}

fn read(shell: &Shell) {
    let start = |kind| {
        [
            "kinesis",
            "get-shard-iterator",
            "--stream-name",
            "orders",
            "--shard-id",
            "shardId-000000000000",
            "--shard-iterator-type",
            kind,
            "--query",
            "ShardIterator",
            "--output",
            "text",
        ]
    };
    let [shards, oldest, latest] = shell.together([
        &[
            "kinesis",
            "list-shards",
            "--stream-name",
            "orders",
            "--query",
            "Shards[].ShardId",
            "--output",
            "text",
        ],
        &start("TRIM_HORIZON"),
        &start("LATEST"),
    ]);
    assert_eq!(shards.trim(), "shardId-000000000000\tshardId-000000000001");
    let get = |iterator| ["kinesis", "get-records", "--shard-iterator", iterator];
    let (oldest, latest) = (oldest.trim(), latest.trim());
    let [json, text, table, none] = shell.together([
        &get(oldest),
        &[&get(oldest)[..], &["--output", "text", "--query", "Records[].[PartitionKey,Data]"]]
            .concat(),
        &[&get(oldest)[..], &["--output", "table", "--limit", "1"]].concat(),
        &get(latest),
    ]);
    let read: Value = serde_json::from_str(&json).unwrap();
    // It prints data in base64, as it came.
    let data: Vec<&str> =
        read["Records"].as_array().unwrap().iter().filter_map(|it| it["Data"].as_str()).collect();
    assert_eq!(data, ["Z3LDtsOfZXI=", "AP8K", "b25l", "dHdv"]);
    assert_eq!(read["MillisBehindLatest"], 0);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines, ["a\tZ3LDtsOfZXI=", "a\tAP8K", "a\tb25l", "a\tdHdv"]);
    assert!(table.contains("|  Data") && table.contains("Z3LDtsOfZXI="), "{table}");
    let none: Value = serde_json::from_str(&none).unwrap();
    assert_eq!(none["Records"], json!([]));
    let told = "Invalid ShardIterator.";
    shell.refuses(&get("AAAA"), "GetRecords", "InvalidArgumentException", told);
}

fn tags(shell: &Shell) {
    let kinesis = |operation, more: &[&'static str]| {
        [&["kinesis", operation, "--stream-name", "orders"], more].concat()
    };
    shell.text(&kinesis("add-tags-to-stream", &["--tags", "stage=a b,cost=2"]));
    shell.text(&kinesis("remove-tags-from-stream", &["--tag-keys", "team", "absent"]));
    let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
    let [all, first, text, resource] = shell.together([
        &kinesis("list-tags-for-stream", &[]),
        &kinesis("list-tags-for-stream", &["--limit", "1"]),
        &kinesis("list-tags-for-stream", &["--output", "text"]),
        &["kinesis", "list-tags-for-resource", "--resource-arn", ARN],
    ]);
    let both = json!([tag("cost", "2"), tag("stage", "a b")]);
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(read(&all), json!({"HasMoreTags": false, "Tags": both}));
    assert_eq!(read(&first), json!({"HasMoreTags": true, "Tags": [tag("cost", "2")]}));
    assert_eq!(text, "False\nTAGS\tcost\t2\nTAGS\tstage\ta b\n");
    assert_eq!(read(&resource), json!({ "Tags": both }));
    let told = "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white \
                space, _ . / = + - % @ :.";
    let wrong = kinesis("add-tags-to-stream", &["--tags", r#"{"a;b":"c"}"#]);
    shell.refuses(&wrong, "AddTagsToStream", "InvalidArgumentException", told);
}

fn retention(shell: &Shell) {
    let change = |operation, hours| {
        ["kinesis", operation, "--stream-arn", ARN, "--retention-period-hours", hours]
    };
    shell.text(&change("increase-stream-retention-period", "72"));
    shell.text(&change("decrease-stream-retention-period", "48"));
    let told = "Requested retention period (47 hours) for stream orders can not be shorter than \
                existing retention period (48 hours). Use DecreaseRetentionPeriod API.";
    shell.refuses(
        &change("increase-stream-retention-period", "47"),
        "IncreaseStreamRetentionPeriod",
        "InvalidArgumentException",
        told,
    );
    let [summary, description, limits] = shell.together([
        &["kinesis", "describe-stream-summary", "--stream-name", "orders", "--output", "table"],
        &["kinesis", "describe-stream", "--stream-name", "orders"],
        &["kinesis", "describe-limits", "--output", "table"],
    ]);
    let cells = |table: &str, name: &str| -> Vec<String> {
        let row = table.lines().find(|line| line.contains(name));
        let row = row.unwrap_or_else(|| panic!("{name} is not in {table}"));
        row.split('|').map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty()).collect()
    };
    assert_eq!(cells(&summary, "RetentionPeriodHours"), ["RetentionPeriodHours", "48"]);
    let description: Value = serde_json::from_str(&description).unwrap();
    assert_eq!(description["StreamDescription"]["RetentionPeriodHours"], 48);
    assert!(limits.contains("DescribeLimits") && limits.contains("OpenShardCount"), "{limits}");
}

/// The CLI puts pages together, or gives some of them and a token of its own.
fn lists(shell: &Shell, server: &Server) {
    for name in ["other", "third"] {
        let input = json!({"StreamName": name, "ShardCount": 1});
        server.client().call("CreateStream", &input).unwrap();
    }
    let list = ["kinesis", "list-streams", "--page-size", "1"];
    let [all, two] = shell.together([
        &[&list[..], &["--query", "StreamNames"]].concat(),
        &[&list[..], &["--max-items", "2"]].concat(),
    ]);
    let all: Value = serde_json::from_str(&all).unwrap();
    assert_eq!(all, json!(["orders", "other", "third"]));
    let two: Value = serde_json::from_str(&two).unwrap();
    assert_eq!(two["StreamNames"], json!(["orders", "other"]));
    let token = two["NextToken"].as_str().unwrap();
    let rest = shell.json(&[&list[..], &["--starting-token", token]].concat());
    assert_eq!(rest["StreamNames"], json!(["third"]));
}
