//! The guests that come with the project: what is committed is what its recipe says, can be built again, and
//! does what its fixture says.

mod bench;
mod committed;
mod languages;
mod native;
mod rebuilt;
mod soak;
mod templates;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use e2e::{Ended, Program, progress, run, shardmill, workspace};
use serde_json::Value;

/// What all worlds let a function import.
const COMMON_IMPORTS: [&str; 2] = ["shardmill:guest/log@0.1.0", "shardmill:guest/config@0.1.0"];

/// What a transform may be packed with besides: by it, what the library of its language prints goes to the log.
const TRANSFORM_IMPORTS: [&str; 1] = ["shardmill:preview1/stdio@0.1.0"];

/// What the world `handler` names besides.
const HANDLER_IMPORTS: [&str; 2] = ["wasi:clocks/wall-clock@0.2.0", "wasi:random/random@0.2.0"];

/// What runtimes of languages export besides, for their own start.
const RUNTIME_EXPORTS: [&str; 2] = ["exports", "init"];

/// Languages whose components bring a runtime along.
const WITH_RUNTIME: [&str; 3] = ["go", "python", "typescript"];

/// What the world `consumer` has besides.
const CONSUMER_IMPORTS: [&str; 5] = [
    "shardmill:guest/access@0.1.0",
    "shardmill:guest/state@0.1.0",
    "shardmill:guest/timers@0.1.0",
    "shardmill:guest/secrets@0.1.0",
    HTTP_IMPORT,
];
/// What asks other hosts.
const HTTP_IMPORT: &str = "shardmill:guest/http@0.1.0";

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
                // Others are what guests are made with: templates, interpreters.
                let Some((_, name)) = folder.split_once('-') else { continue };
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

    /// Those whose components lie in git: the others have a large runtime in them.
    fn committed() -> Vec<Self> {
        Self::all().into_iter().filter(Self::is_committed).collect()
    }

    fn is_committed(&self) -> bool {
        !WITH_RUNTIME.contains(&self.language())
    }

    /// What is committed, or was built just now; none if this machine cannot build it.
    fn component(&self) -> Option<PathBuf> {
        let file = format!("{}.wasm", self.name);
        if self.is_committed() {
            return Some(self.folder.join(file));
        }
        let rebuilt = rebuilt();
        rebuilt.has(self).then(|| rebuilt.out(self).join(file))
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

/// A cold run unpacks compilers and builds standard libraries on few cores.
const BUILDS_WITHIN: Duration = Duration::from_secs(1800);

/// A component with a runtime in it takes many seconds of a processor to compile, and here others want it as well.
const RUNS_WITHIN: Duration = Duration::from_secs(600);

/// The script's own code for a machine that has no compiler for some of the guests.
const NO_COMPILER: i32 = 3;

/// What `guests/build.sh` made of the sources, by whichever compilers there are.
struct Rebuilt {
    ended: Ended,
}

/// All guests, built once. The script compares: bytes if the compiler is the recipe's, else the shape.
fn rebuilt() -> &'static Rebuilt {
    static REBUILT: OnceLock<Rebuilt> = OnceLock::new();
    REBUILT.get_or_init(|| {
        let start = Instant::now();
        progress("building the guests (guests/build.sh --check)");
        let mut build = workspace::script("guests/build.sh");
        build.arg("--check").env("SHARDMILL", shardmill());
        let ended = run(&mut build, b"", BUILDS_WITHIN).unwrap();
        if ended.code == Some(NO_COMPILER) && std::env::var_os("CI").is_none() {
            progress(format!("not all guests are built again: {}", ended.stderr));
            return Rebuilt { ended };
        }
        let ended = ended.success("guests/build.sh --check").unwrap();
        progress(format!("the guests are built ({:.1} s)", start.elapsed().as_secs_f64()));
        let rebuilt = Rebuilt { ended };
        rebuilt.compile();
        rebuilt
    })
}

impl Rebuilt {
    /// Where the component of a guest is, if it was built.
    fn out(&self, guest: &Guest) -> PathBuf {
        workspace::tools().join("guests/out").join(guest.folder_name())
    }

    /// Compiles those that take long before several tests want them at once.
    fn compile(&self) {
        for guest in Guest::all().iter().filter(|guest| !guest.is_committed()) {
            let component = self.out(guest).join(format!("{}.wasm", guest.name));
            let test = Program::new(["guest", "test", "--input", "-", "--cache"]).arg(cache());
            let test = test.arg(component).run_for(RUNS_WITHIN).unwrap();
            test.success("shardmill guest test").unwrap();
        }
    }

    /// Whether this run built it: what lies there may be old.
    fn has(&self, guest: &Guest) -> bool {
        self.ended.stderr.contains(&format!("built {} (", guest.folder_name()))
    }
}

/// What the program says of a component.
fn check(component: &Path) -> Value {
    let ended = Program::new(["guest", "check", "--json"]).arg(component).run().unwrap();
    let ended = ended.success("shardmill guest check").unwrap();
    serde_json::from_str(&ended.stdout).unwrap()
}

/// Where these tests keep what they compiled: components with a runtime take many seconds.
fn cache() -> PathBuf {
    let cache = workspace::target().join("guest-cache");
    std::fs::create_dir_all(&cache).unwrap();
    cache
}

/// Runs a component on its guest's fixture. One that asks other hosts has none: a trial sends nothing. The tests of functions
/// that ask other hosts run it.
fn does_what_it_should(guest: &Guest, component: &Path) {
    let checked = guest.recipe()["check"].clone();
    let mut imports = checked["imports"].as_array().expect("a recipe has imports").iter();
    if imports.any(|name| name.as_str() == Some(HTTP_IMPORT)) {
        return;
    }
    let test = Program::new(["guest", "test"]).arg(component).arg("--cache").arg(cache());
    let test = test.arg("--input").arg(guest.fixture("input.ndjson"));
    let test = test.arg("--expected").arg(guest.fixture("expected.ndjson"));
    test.run_for(RUNS_WITHIN).unwrap().success("shardmill guest test").unwrap();
}
