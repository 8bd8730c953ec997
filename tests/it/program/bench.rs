//! `shardmill bench`: its measurements find records as they were put, and print figures. Which figures is not for a
//! test to say.

use e2e::Program;
use serde_json::Value;

/// What a measurement reports under its name.
fn report(name: &str, args: &[&str]) -> Value {
    let temp = tempfile::tempdir().unwrap();
    let program = Program::new(["bench", name, "--seconds", "1", "--json", "--data"]);
    let ended = program.arg(temp.path()).args(args).run().unwrap().success(name).unwrap();
    let mut told: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(told["seconds"], 1, "{told}");
    assert!(std::fs::read_dir(temp.path()).unwrap().next().is_none(), "its directory is left");
    told[name].take()
}

fn is_positive(told: &Value, name: &str) {
    assert!(told[name].as_f64().unwrap() > 0.0, "{name} in {told}");
}

#[test]
fn a_queue_is_measured_and_gives_out_everything() {
    let told = report("queue", &["--clients", "4"]);
    assert_eq!(told["problems"], Value::Array(Vec::new()), "{told}");
    for figure in ["recordsPerSecond", "plainRecordsPerSecond", "ratio"] {
        is_positive(&told, figure);
    }
}

#[test]
fn a_backlog_is_read_while_records_keep_coming_in() {
    let told = report("backlog", &["--backlog-mib", "8", "--ingest-mib", "1"]);
    assert_eq!(told["problems"], Value::Array(Vec::new()), "{told}");
    for way in ["inside", "getRecords", "held"] {
        assert!(told[way]["records"].as_u64().unwrap() >= 8 * 1024, "{told}");
        is_positive(&told[way], "mibPerSecond");
    }
}

#[test]
fn ways_to_a_function_are_measured() {
    let told = report("mappings", &["--counts", "2", "--records", "2000", "--pace", "50"]);
    assert_eq!(told["latency"][1]["parallelizationFactor"], 10, "{told}");
    assert_eq!(told["latency"][1]["latency"]["problems"], Value::Array(Vec::new()), "{told}");
    assert_eq!(told["drained"][0]["records"], 2000, "{told}");
    let filters = told["filters"].as_array().unwrap();
    assert_eq!(filters.len(), 4, "{told}");
    for filter in filters {
        is_positive(filter, "recordsPerSecond");
    }
    let state = told["state"].as_array().unwrap();
    assert_eq!(state.len(), 2, "{told}");
    is_positive(&state[1], "ofStateless");
}

#[test]
fn single_puts_are_read_back_as_they_were_put() {
    let told = report("put", &["--clients", "2"]);
    let row = &told[0];
    assert_eq!(row["problems"], Value::Array(Vec::new()), "{told}");
    assert_eq!(row["readBackRecords"], row["putLatency"]["count"], "{told}");
    is_positive(row, "putsPerSecond");
}

#[test]
fn records_are_read_from_the_start_and_at_the_tail_as_they_were_put() {
    let told = report("read", &["--records", "4000"]);
    for problems in ["problems", "tailProblems"] {
        assert_eq!(told[problems], Value::Array(Vec::new()), "{told}");
    }
    assert_eq!(told["tailRecords"], told["putLatency"]["count"], "{told}");
    assert_eq!(told["putToGetLatency"]["count"], told["putLatency"]["count"], "{told}");
}
