//! `shardmill guest`: components on the developer's own machine, without a server.

mod bench;
mod check;
mod new;
mod pack;
mod trial;

use std::io::Read;
use std::path::Path;

use anyhow::Context as _;
use clap::Subcommand;
use serde::Serialize;
use wasm::{CODE_BYTES_MAX, Rejection, World};

use crate::client::Seams;
use crate::refusal::Refusal;
use crate::wiring;

/// Make and look at the components that functions are
///
/// A function is a WebAssembly component of the world `transform` of `wit/transform.wit`, records in and records
/// out, of `handler` of `wit/handler.wit`, JSON in and JSON out, or of `consumer` of `wit/consumer.wit`, records in and
/// records out with state and timers for each key. What compilers give is often a core module only; `pack` makes a
/// component of it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(new::Args),
    Pack(pack::Args),
    Check(check::Args),
    Test(trial::Args),
    Bench(bench::Args),
}

/// Runs the command.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    match args.command {
        Command::New(args) => new::run(&args),
        Command::Pack(args) => pack::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Test(args) => trial::run(&args, seams).await,
        Command::Bench(args) => bench::run(&args, seams).await,
    }
}

/// A component that fits a world, and what is to be told of it.
struct Component {
    bytes: Vec<u8>,
    world: World,
    facts: Facts,
}

/// What a component is, for programs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Facts {
    /// BLAKE3 of its bytes: the name under which the server keeps it.
    id: String,
    bytes: usize,
    world: &'static str,
    imports: Vec<String>,
    exports: Vec<String>,
}

impl Component {
    /// Reads `path`, packs it unless it is a component, and checks it.
    ///
    /// # Errors
    /// If it cannot be read or cannot be a function.
    fn load(path: &Path) -> anyhow::Result<Self> {
        let code = read(path)?;
        let bytes = wasm::pack(&code).map_err(|rejection| refused(path, &rejection))?;
        let checked = wasm::check(&bytes).map_err(|rejection| refused(path, &rejection))?;
        let facts = Facts {
            id: blake3::hash(&bytes).to_hex().to_string(),
            bytes: bytes.len(),
            world: checked.world.full_name(),
            imports: checked.imports,
            exports: checked.exports,
        };
        Ok(Self { bytes, world: checked.world, facts })
    }
}

/// As much of a file as may be uploaded, and one byte that shows that there is more.
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let cannot = || format!("cannot read `{}`", path.display());
    let mut code = Vec::new();
    let file = wiring::open_file(path).with_context(cannot)?;
    file.take(CODE_BYTES_MAX as u64 + 1).read_to_end(&mut code).with_context(cannot)?;
    Ok(code)
}

fn refused(path: &Path, rejection: &Rejection) -> Refusal {
    Refusal::failed(format!("`{}` cannot be a function: {rejection}", path.display())).hint(
        "a function exports shardmill:guest/transformer, shardmill:guest/lambda or shardmill:guest/stateful, and imports \
         no more than its world has and the closed WASI; guests/README.md tells how to make one",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &[u8]) -> (String, Option<String>) {
        let temp = tempfile::tempdir().unwrap();
        let dir = wiring::open_dir(temp.path()).unwrap();
        dir.replace("code", code, 0o600).unwrap();
        let error = Component::load(&temp.path().join("code")).err().expect("it is refused");
        (format!("{error:#}"), crate::refusal::hint(&error))
    }

    #[test]
    fn what_cannot_be_a_function_is_refused_with_a_hint() {
        for (code, text) in [
            (&b"fn main() {}"[..], "not WebAssembly"),
            (b"\0asm\x0d\0\x01\0", "does not export `shardmill:guest/transformer@0.1.0`"),
            (b"(module", "not WebAssembly text"),
        ] {
            let (message, hint) = refusal(code);
            assert!(message.contains("/code` cannot be a function: "), "{message}");
            assert!(message.contains(text), "{message}");
            assert!(hint.expect("there is a hint").contains("guests/README.md"));
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = Component::load(Path::new("/no/such/file")).err().expect("it is not there");
        assert!(format!("{error:#}").starts_with("cannot read `/no/such/file`: "), "{error:#}");
    }
}
