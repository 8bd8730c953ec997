//! Functions that bring a runtime along, over thousands of batches of real events: what a collector of garbage does, and
//! what leaks, shows after megabytes. Those without one are soaked where the sandbox is tested.

use e2e::Program;
use serde_json::Value;

use super::{Guest, RUNS_WITHIN};

/// What the function may have, and what it is thrown away at.
const MEMORY_BYTES: u64 = 128 * 1024 * 1024;

/// Calls, records of each, and whether it is known to leak.
fn plan(language: &str) -> (&'static str, &'static str, bool) {
    match language {
        // All that leaves what componentize-py makes stays in its memory: so many calls see a second instance.
        "python" => ("2800", "100", true),
        "go" => ("5000", "20", false),
        "typescript" => ("2500", "20", false),
        other => panic!("no plan for {other}"),
    }
}

#[test]
fn the_memory_of_functions_with_a_runtime_is_bounded() {
    let guests = Guest::all().into_iter().filter(|guest| !guest.is_committed());
    let mut seen = 0;
    for guest in guests {
        let Some(component) = guest.component() else { continue };
        let (calls, batch, leaks) = plan(guest.language());
        let bench = Program::new(["guest", "bench", "--json", "--calls", calls, "--batch", batch]);
        // All of them go out; a call that other work holds up is no failure of the memory.
        let bench = bench.args(["--env", "MIN_MAGNITUDE=-10", "--timeout", "300"]).arg(component);
        let ended = bench.run_for(RUNS_WITHIN).unwrap().success("shardmill guest bench").unwrap();
        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        let told = &report["functions"][0];
        assert_eq!(told["calls"].to_string(), calls, "{told}");
        is_bounded(told, leaks);
        seen += 1;
    }
    assert!(seen > 0 || std::env::var_os("CI").is_none(), "some are built");
}

fn is_bounded(told: &Value, leaks: bool) {
    let curve = told["memoryCurveBytes"].as_array().unwrap().iter();
    let curve: Vec<u64> = curve.map(|bytes| bytes.as_u64().unwrap()).collect();
    let most = |points: &[u64]| points.iter().copied().max().unwrap();
    assert!(curve.len() >= 16, "{told}");
    // An instance is thrown away after the call that took it beyond three quarters.
    assert!(most(&curve) < MEMORY_BYTES / 4 * 3 + MEMORY_BYTES / 16, "{told}");
    let instances = told["instances"].as_u64().unwrap();
    if leaks {
        assert!(instances >= 1, "it was to be replaced: {told}");
        return;
    }
    assert_eq!(instances, 0, "one instance sees all calls: {told}");
    let (begin, end) = curve.split_at(curve.len() / 2);
    assert!(most(end) <= most(begin) + most(begin) / 10, "it grows: {told}");
}
