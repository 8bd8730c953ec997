//! boto3.

use std::path::Path;

use e2e::{Launch, Program, Server, python, workspace};

use crate::kinesis::passed;

fn scenario(script: &str) {
    let temp = tempfile::tempdir().unwrap();
    run(&server(temp.path()), script);
}

fn server(folder: &Path) -> Server {
    Launch::dev(folder.join("data")).arg("--no-limits").start().unwrap()
}

fn run(server: &Server, script: &str) {
    let quakes = workspace::root().join("guests/rust-quakes/quakes.wasm");
    let data = workspace::root().join("examples/earthquakes/earthquakes.ndjson");
    let unreachable = workspace::root().join("guests/programs/bad_unreachable.wat");
    let handler = workspace::root().join("guests/rust-handler/handler.wasm");
    let env = [
        ("HANDLER", handler.display().to_string()),
        ("PROGRAMS", workspace::root().join("guests/programs").display().to_string()),
        ("ENDPOINT", server.url()),
        ("QUAKES", quakes.display().to_string()),
        ("EARTHQUAKES", data.display().to_string()),
        ("UNREACHABLE", unreachable.display().to_string()),
    ];
    passed(python(script, &env.each_ref().map(|(name, value)| (*name, value.as_str()))));
}

#[test]
fn a_function_is_made_seen_changed_and_deleted() {
    scenario("function_life.py");
}

#[test]
fn a_mapping_hands_over_what_its_filters_want() {
    scenario("function_filters.py");
}

#[test]
fn functions_are_tagged_and_reserve_calls() {
    scenario("function_account.py");
}

#[test]
fn a_function_has_versions_and_aliases_also_after_a_crash() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    run(&server, "function_versions.py");
    let again = server.kill().unwrap().start().unwrap();
    run(&again, "function_versions_kept.py");
}

#[test]
fn functions_are_called_asynchronously_also_over_a_crash() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    run(&server, "function_async.py");
    let again = server.kill().unwrap().start().unwrap();
    run(&again, "function_async_kept.py");
}

#[test]
fn refusals_of_functions_have_the_codes_of_aws() {
    scenario("function_errors.py");
}

#[test]
fn a_function_is_invoked_and_measured() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    run(&server, "function_invoke.py");
    // What was measured in the minute in hand is stored by an orderly end.
    let again = server.stop().unwrap().start().unwrap();
    run(&again, "function_measured.py");
}

#[test]
fn a_handler_takes_and_gives_any_json() {
    scenario("function_handler.py");
}

#[test]
fn a_mapping_calls_a_handler_with_lambdas_event() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    run(&server, "function_handler_mapping.py");
    // Whatever waits to be called or to be stored is when the server ends.
    let again = server.stop().unwrap().start().unwrap();
    let logs = Program::new(["functions", "logs", "orders", "--endpoint", &again.url()]);
    let logs = logs.run().unwrap().success("functions logs").unwrap().stdout;
    let sums: Vec<f64> = logs
        .lines()
        .filter_map(|line| {
            line.split_once(" orders were paid, ")?.1.split(' ').next()?.parse().ok()
        })
        .collect();
    assert!(sums.iter().sum::<f64>() >= 25.0, "{logs}");
    assert!(logs.contains("Orders.Malformed: record "), "{logs}");
}

#[test]
fn a_handler_reports_single_records_of_a_batch() {
    scenario("function_handler_reports.py");
}

#[test]
fn a_mapping_carries_records_through_a_function() {
    scenario("function_mapping.py");
}

#[test]
fn a_mapping_reads_as_a_registered_consumer() {
    scenario("function_registered.py");
}

#[test]
fn a_mapping_has_tags_and_counts_its_records() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    run(&server, "function_counted.py");
    // What was counted in the minute in hand is stored by an orderly end.
    let again = server.stop().unwrap().start().unwrap();
    run(&again, "function_counts_kept.py");
}

#[test]
fn records_that_fail_are_cut_out_and_told_of() {
    scenario("function_failures.py");
}

#[test]
fn a_batch_that_is_being_halved_survives_kills() {
    let temp = tempfile::tempdir().unwrap();
    let mut server = server(temp.path());
    run(&server, "function_halving.py");
    // Each life goes on with the piece that the one before left.
    for _ in 0..4 {
        server = server.kill().unwrap().start().unwrap();
    }
    run(&server, "function_halved.py");
}

#[test]
fn a_mapping_waits_for_the_keys_of_its_streams() {
    scenario("function_key.py");
}
