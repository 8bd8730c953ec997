//! boto3.

use e2e::{Launch, Program, Server, python};

/// Runs a scenario against `server`.
fn run(server: &Server, script: &str) {
    let ended = python(script, &[("ENDPOINT", &server.url())]);
    super::passed(ended);
}

fn scenario(script: &str) {
    let temp = tempfile::tempdir().unwrap();
    run(&super::unlimited(temp.path()), script);
}

#[test]
fn a_stream_is_made_seen_and_deleted() {
    scenario("lifecycle.py");
}

#[test]
fn records_come_out_as_they_went_in() {
    scenario("records.py");
}

#[test]
fn reading_begins_at_five_places() {
    scenario("iterators.py");
}

#[test]
fn records_may_have_ten_mebibytes() {
    scenario("large_records.py");
}

#[test]
fn records_can_be_made_larger_and_spread_by_the_service() {
    let temp = tempfile::tempdir().unwrap();
    let server = super::unlimited(temp.path());
    run(&server, "record_settings.py");
    let again = server.stop().unwrap().start().unwrap();
    run(&again, "record_settings_kept.py");
}

#[test]
fn consumers_have_records_pushed_to_them() {
    scenario("fanout.py");
}

#[test]
fn a_subscriber_goes_on_after_a_kill_and_ends_with_the_server() {
    let temp = tempfile::tempdir().unwrap();
    let state = temp.path().join("state");
    let state = state.to_str().unwrap();
    let script = "fanout_resumed.py";
    let server = super::unlimited(temp.path());
    super::passed(python(script, &[("ENDPOINT", &server.url()), ("STATE", state)]));
    let server = server.kill().unwrap().start().unwrap();
    let (url, pid) = (server.url(), server.pid().to_string());
    super::passed(python(script, &[("ENDPOINT", &url), ("STATE", state), ("PID", &pid)]));
    server.ended().unwrap().1.success("the server").unwrap();
}

#[test]
fn shards_change_while_records_come() {
    scenario("resharding.py");
}

#[test]
fn metrics_are_put_listed_and_asked_for_and_streams_are_measured() {
    let temp = tempfile::tempdir().unwrap();
    let server = super::unlimited(temp.path());
    run(&server, "metrics.py");
    // What a stream was in the minute in hand is stored by an orderly end.
    let again = server.stop().unwrap().start().unwrap();
    run(&again, "metrics_kept.py");
}

#[test]
fn metrics_are_spoken_of_in_each_protocol_of_cloudwatch() {
    scenario("metrics_protocols.py");
}

#[test]
fn capacity_is_counted_by_the_owner_or_by_the_service() {
    let temp = tempfile::tempdir().unwrap();
    let server = Launch::dev(temp.path().join("data")).start().unwrap();
    run(&server, "capacity.py");
}

#[test]
fn refusals_have_the_codes_and_words_of_aws() {
    scenario("errors.py");
}

#[test]
fn listings_come_in_pages() {
    scenario("pages.py");
}

#[test]
fn streams_have_modes_and_regions() {
    scenario("modes.py");
}

#[test]
fn cbor_and_both_versions_of_json_are_spoken() {
    scenario("protocols.py");
}

#[test]
fn a_stream_has_tags() {
    scenario("tags.py");
}

#[test]
fn records_are_kept_as_long_as_wanted() {
    scenario("retention.py");
}

#[test]
fn a_queue_delivers_until_it_is_told_that_a_record_is_done_with() {
    scenario("queues.py");
}

#[test]
fn a_wrong_signature_is_refused() {
    scenario("signatures.py");
}

#[test]
fn a_url_may_carry_the_signature() {
    scenario("presigned.py");
}

#[test]
fn any_host_name_and_any_encoding_is_signed_as_sent() {
    scenario("hosts.py");
}

#[test]
fn a_shard_has_limits() {
    let temp = tempfile::tempdir().unwrap();
    let server = Launch::dev(temp.path().join("data")).start().unwrap();
    run(&server, "throttling.py");
}

#[test]
fn a_compressed_and_encrypted_stream_is_read_after_a_kill() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let server = Launch::dev(&data).arg("--no-limits").start().unwrap();
    let phase = |server: &Server, phase| {
        python("compression.py", &[("ENDPOINT", &server.url()), ("PHASE", phase)])
    };
    super::passed(phase(&server, "put"));
    let metrics = server.client().get("/metrics").unwrap().text();
    let counter = |name: &str| -> u64 {
        let value = metrics.lines().find_map(|line| line.strip_prefix(name)).expect(name);
        value.trim().parse().unwrap()
    };
    let stored = counter("shardmill_commit_payload_bytes_total");
    let plain = counter("shardmill_commit_plain_bytes_total");
    assert!(plain > 120_000 && stored < plain / 3, "{stored} of {plain}");
    let server = server.kill().unwrap().start().unwrap();
    super::passed(phase(&server, "read"));
    server.stop().unwrap();
    let verified = Program::new(["verify", "--data"]).arg(&data).run().unwrap();
    verified.success("shardmill verify").unwrap();
}
