//! The guests that come with the project: what is committed is what its recipe says, can be built again, and
//! does what its fixture says.

mod committed;
mod languages;
mod native;
mod rebuilt;

use std::path::{Path, PathBuf};

use e2e::{Program, workspace};
use serde_json::Value;

/// What all worlds let a function import.
const COMMON_IMPORTS: [&str; 2] = ["shardmill:guest/log@0.1.0", "shardmill:guest/config@0.1.0"];

/// What a transform may be packed with besides: by it, what the library of its language prints goes to the log.
const TRANSFORM_IMPORTS: [&str; 1] = ["shardmill:preview1/stdio@0.1.0"];

/// What the world `handler` names besides.
const HANDLER_IMPORTS: [&str; 2] = ["wasi:clocks/wall-clock@0.2.0", "wasi:random/random@0.2.0"];

/// What the world `consumer` has besides.
const CONSUMER_IMPORTS: [&str; 4] = [
    "shardmill:guest/access@0.1.0",
    "shardmill:guest/state@0.1.0",
    "shardmill:guest/timers@0.1.0",
    "shardmill:guest/secrets@0.1.0",
];

/// The worlds, where each of them stands, and the one interface that a function of it must export.
const WORLDS: [(&str, &str, &str); 3] = [
    ("transform", "wit/transform.wit", "shardmill:guest/transformer@0.1.0"),
    ("handler", "wit/handler.wit", "shardmill:guest/lambda@0.1.0"),
    ("consumer", "wit/consumer.wit", "shardmill:guest/stateful@0.1.0"),
];

/// A guest: `guests/<language>-<name>` with `<name>.wasm` and `<name>.json`.
struct Guest {
    folder: PathBuf,
    name: String,
}

impl Guest {
    /// Every folder of a language, whether its component is there or not.
    fn all() -> Vec<Self> {
        let mut guests = Vec::new();
        for path in workspace::files() {
            let parts: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
            if let ["guests", folder, "README.md"] = parts[..] {
                let (_, name) = folder.split_once('-').expect("a language and a name");
                let folder = workspace::root().join("guests").join(folder);
                guests.push(Self { folder, name: name.to_owned() });
            }
        }
        assert!(!guests.is_empty(), "there are guests");
        guests
    }

    /// `<language>-<name>`.
    fn folder_name(&self) -> &str {
        self.folder.file_name().and_then(|name| name.to_str()).expect("a folder has a name")
    }

    fn language(&self) -> &str {
        self.folder_name().split('-').next().expect("a language and a name")
    }

    fn component(&self) -> PathBuf {
        self.folder.join(format!("{}.wasm", self.name))
    }

    /// What is known of how the component was built.
    fn recipe(&self) -> Value {
        let path = self.folder.join(format!("{}.json", self.name));
        let text = std::fs::read_to_string(&path);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_str(&text).expect("a recipe is JSON")
    }

    fn fixture(&self, name: &str) -> PathBuf {
        self.folder.join("fixture").join(name)
    }
}

/// What the program says of a component.
fn check(component: &Path) -> Value {
    let ended = Program::new(["guest", "check", "--json"]).arg(component).run().unwrap();
    let ended = ended.success("shardmill guest check").unwrap();
    serde_json::from_str(&ended.stdout).unwrap()
}

/// Runs a component on its guest's fixture.
fn does_what_it_should(guest: &Guest, component: &Path) {
    let test = Program::new(["guest", "test"]).arg(component);
    let test = test.arg("--input").arg(guest.fixture("input.ndjson"));
    let test = test.arg("--expected").arg(guest.fixture("expected.ndjson"));
    test.run().unwrap().success("shardmill guest test").unwrap();
}
