//! `shardmill guest new`: a function to begin with, in the language of one's choice.

mod files;
mod language;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;
use stdx::DataDir;

use self::language::Language;
use crate::cli::style::Style;
use crate::refusal::Refusal;
use crate::wiring;

/// Make a folder with a function to begin with
///
/// It holds the function's source, what Shardmill offers to it, a script that builds it with the language's usual
/// tools, and lines with what must become of them. Nothing outside of the folder is needed but the tools.
///
/// There is no template of a consumer, which keeps state and timers for each key: begin with guests/rust-counts.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill guest new --lang rust quakes
  shardmill guest new --lang typescript --world handler orders")]
pub(super) struct Args {
    /// What it is to be written in
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    lang: Language,

    /// What it is to be: records in and records out, or JSON in and JSON out as a function of AWS Lambda
    #[arg(long, value_enum, value_name = "WORLD", default_value_t = World::Transform)]
    world: World,

    /// Folder to make; its last part is the function's name
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

/// The worlds, as they are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum World {
    Transform,
    Handler,
}

impl World {
    fn as_str(self) -> &'static str {
        match self {
            Self::Transform => "transform",
            Self::Handler => "handler",
        }
    }
}

/// What is written into templates: `{{key}}` becomes the value.
type Values<'a> = [(&'static str, &'a str)];

/// Makes the folder and says how to go on.
pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let name = name_of(&args.dir)?;
    let Args { lang, world, dir } = args;
    let folder = made(dir)?;
    let values = lang.values(*world, name);
    for (path, text) in files::of(*lang, *world) {
        let text = filled(text, &values);
        write(&folder, &path, text.as_bytes())
            .with_context(|| format!("cannot write `{}`", dir.join(&path).display()))?;
    }
    let (style, shown) = (Style::stdout(), dir.display());
    let mut out = io::stdout().lock();
    writeln!(out, "{} {shown}: a {} in {}", style.good("made"), world.as_str(), lang.title())?;
    writeln!(out, "\nNext:\n  cd {shown}\n  {}", lang.needs())?;
    writeln!(out, "  sh build.sh")?;
    let fixture = "--input fixture/events.ndjson --expected fixture/expected.ndjson";
    writeln!(out, "  shardmill guest test {name}.wasm {fixture}")?;
    writeln!(out, "  shardmill functions deploy {name} {name}.wasm")?;
    Ok(())
}

/// The function's name: the folder's, which tools of all languages must take for a package's.
fn name_of(dir: &Path) -> Result<&str, Refusal> {
    let name = dir.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if begins && name.chars().all(fits) && name.len() <= 64 && name != "core" {
        return Ok(name);
    }
    Err(Refusal::usage(format!("`{name}` cannot be the name of a function"))
        .hint("end the path with 1 to 64 of a-z, 0-9 and -, a letter first, such as `quakes`; not with `core`"))
}

/// The folder, which was not there, or was empty.
fn made(dir: &Path) -> anyhow::Result<DataDir> {
    let folder = match wiring::open_or_make_dir(dir) {
        Ok(folder) => folder,
        Err(refusal) => {
            return Err(refusal.hint("name another folder, in one that is there").into());
        }
    };
    let names = folder.names().with_context(|| format!("cannot read `{}`", dir.display()))?;
    if names.is_empty() {
        return Ok(folder);
    }
    let message = format!("`{}` is there already, and is not empty", dir.display());
    Err(Refusal::failed(message).hint("name a folder that is not there yet").into())
}

/// Writes a file into folders that are made.
fn write(folder: &DataDir, path: &str, bytes: &[u8]) -> io::Result<()> {
    match path.split_once('/') {
        Some((first, rest)) => write(&folder.subdir(first)?, rest, bytes),
        None => folder.replace(path, bytes, 0o644),
    }
}

fn filled(text: &str, values: &Values<'_>) -> String {
    let fill =
        |text: String, (key, value): &(&str, &str)| text.replace(&format!("{{{{{key}}}}}"), value);
    values.iter().fold(text.to_owned(), fill)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(lang: Language, world: World, dir: PathBuf) -> anyhow::Result<()> {
        run(&Args { lang, world, dir })
    }

    #[test]
    fn every_template_is_whole() {
        let temp = tempfile::tempdir().unwrap();
        for lang in Language::value_variants() {
            for world in World::value_variants() {
                let name = lang.to_possible_value().unwrap();
                let dir = temp.path().join(format!("{}-{}", name.get_name(), world.as_str()));
                make(*lang, *world, dir.clone()).unwrap();
                let folder = wiring::open_dir(&dir).unwrap();
                for name in ["README.md", "build.sh", ".gitignore"] {
                    let text = String::from_utf8(folder.read(name).unwrap().unwrap()).unwrap();
                    assert!(!text.contains("{{"), "{name} of {lang:?}: {text}");
                }
                let fixture = folder.open_subdir("fixture").unwrap();
                assert!(fixture.is_file("events.ndjson") && fixture.is_file("expected.ndjson"));
            }
        }
    }

    #[test]
    fn what_is_there_is_left_alone() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("hello");
        make(Language::Go, World::Transform, dir.clone()).unwrap();
        let error = make(Language::Rust, World::Transform, dir).unwrap_err();
        assert!(
            error.to_string().ends_with("/hello` is there already, and is not empty"),
            "{error}"
        );
        let error = make(Language::C, World::Transform, temp.path().join("no/folder")).unwrap_err();
        assert!(error.to_string().contains("does not exist"), "{error}");
    }

    #[test]
    fn names_are_those_of_packages() {
        for good in ["a", "dir/quakes-2", "./x1"] {
            assert!(name_of(Path::new(good)).is_ok(), "{good}");
        }
        for bad in ["", "..", "A", "1a", "a_b", "ü", "core", &"a".repeat(65)] {
            assert!(name_of(Path::new(bad)).is_err(), "{bad}");
        }
    }
}
