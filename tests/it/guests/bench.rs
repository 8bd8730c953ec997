//! `shardmill guest bench`, as it is typed.

use e2e::Program;
use serde_json::Value;

use super::Guest;

fn committed(folder: &str) -> std::path::PathBuf {
    let guest = Guest::committed().into_iter().find(|guest| guest.folder_name() == folder);
    guest.and_then(|guest| guest.component()).expect("it is committed")
}

#[test]
fn functions_are_measured_beside_each_other_and_native_code() {
    let bench = Program::new(["guest", "bench", "--json", "--calls", "30", "--baseline", "quakes"]);
    let bench = bench.arg(committed("rust-quakes")).arg(committed("c-quakes"));
    let ended = bench.run().unwrap().success("shardmill guest bench").unwrap();
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert!(report["baseline"]["warm"]["count"].as_u64() > Some(0), "{report}");
    let functions = report["functions"].as_array().unwrap();
    assert_eq!(functions.len(), 2);
    for told in functions {
        assert_eq!((&told["calls"], &told["warm"]["count"]), (&30.into(), &30.into()), "{told}");
        for key in ["compileMs", "loadMs", "firstCallMs", "instantiateMs", "cpuMs", "recordsPerS"] {
            assert!(told[key].as_f64() > Some(0.0), "{key}: {told}");
        }
        assert!(told["loadMs"].as_f64() < told["firstCallMs"].as_f64(), "{told}");
        assert!(told["memoryBytes"].as_u64() > Some(64 * 1024), "{told}");
    }
    let bench = Program::new(["guest", "bench", "--calls", "5"]).arg(committed("c-quakes"));
    let shown = bench.run().unwrap().success("shardmill guest bench").unwrap().stdout;
    assert!(shown.contains("first call ms") && shown.contains("1.00"), "{shown}");
}

#[test]
fn what_cannot_be_measured_says_why() {
    let handler = Program::new(["guest", "bench"]).arg(committed("rust-handler")).run().unwrap();
    assert_eq!(handler.code, Some(2), "{handler:?}");
    assert!(handler.stderr.contains("a handler needs events of its own"), "{handler:?}");
    assert!(handler.stderr.contains("--events FILE"), "{handler:?}");
    let bench = Program::new(["guest", "bench", "--calls", "5", "--env", "MIN_MAGNITUDE=much"]);
    let failed = bench.arg(committed("rust-quakes")).run().unwrap();
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert!(failed.stderr.contains("variable MIN_MAGNITUDE is `much`"), "{failed:?}");
}
