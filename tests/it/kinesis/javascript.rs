//! The SDK for JavaScript, version 3.

use e2e::javascript;

fn scenario(script: &str) {
    let temp = tempfile::tempdir().unwrap();
    let server = super::unlimited(temp.path());
    let ended = javascript(script, &[("ENDPOINT", &server.url())]);
    super::passed(ended);
}

#[test]
fn the_main_path_works_over_http2_and_http1() {
    scenario("main_path.mjs");
}

#[test]
fn shards_change_and_readers_are_led_to_the_children() {
    scenario("resharding.mjs");
}

#[test]
fn records_are_pushed_over_one_session() {
    scenario("fanout.mjs");
}

#[test]
fn one_session_carries_many_requests() {
    scenario("one_session.mjs");
}

#[test]
fn metrics_are_put_and_read_in_each_protocol() {
    scenario("metrics.mjs");
}

#[test]
fn a_refusal_arrives_before_the_body_was_read() {
    scenario("refused_bodies.mjs");
}
