//! What is wrong with a core module, said in the terms of whoever wrote it, before the packer says it in its
//! own.

use wasmparser::{ExternalKind, Parser, Payload, Validator};

use super::PREVIEW1;
use super::world::Target;
use crate::features::FEATURES;
use crate::message::{Rejection, World};
use crate::unfit::{quoted, unfit};

/// What is called of a module of each world, and what shows its parameters.
const HANDLES: [(&str, World, &str); World::ALL.len()] = [
    ("shardmill:guest/transformer@0.1.0#handle", World::Transform, "identity.wat"),
    ("shardmill:guest/lambda@0.1.0#handle", World::Handler, "echo.wat"),
    ("shardmill:guest/stateful@0.1.0#handle", World::Consumer, "tally.wat"),
];

/// What a consumer must export besides.
const ON_TIMERS: &str = "shardmill:guest/stateful@0.1.0#on-timers";

/// What makes an interpreter of a handler.
const LOAD: &str = "shardmill:guest/source@0.1.0#load";

/// What a packed module must export besides, and why.
const NEEDED: [(&str, ExternalKind, &str); 2] = [
    ("memory", ExternalKind::Memory, "the memory that batches and events are written to"),
    (
        "cabi_realloc",
        ExternalKind::Func,
        "(func (param i32 i32 i32 i32) (result i32)), which makes room for them",
    ),
];

/// Bytes of the sections that tell the world: the packer unfolds them.
const TOLD_BYTES_MAX: usize = 1024 * 1024;

/// What a module says of itself.
#[derive(Default)]
struct Outline<'a> {
    exports: Vec<(&'a str, ExternalKind)>,
    stranger: Option<(&'a str, &'a str)>,
    told_bytes: usize,
    tells_its_world: bool,
}

/// Refuses what cannot be packed for reasons that we can name. Gives the world that the module is to be packed
/// for; none if it carries a section that tells the types of its imports and exports, as those do that were made
/// with generated bindings.
pub(super) fn check(module: &[u8]) -> Result<Option<Target>, Rejection> {
    let malformed = |error: wasmparser::BinaryReaderError| {
        unfit(&format!("this core module is malformed, or uses what is not on: {error}"))
    };
    let outline = outline(module).map_err(malformed)?;
    if outline.told_bytes > TOLD_BYTES_MAX {
        return Err(unfit("the sections that tell the module's world are too large"));
    }
    if let Some((from, name)) = outline.stranger {
        return Err(unfit(&format!(
            "the core module imports {} from {}, which the host does not offer; it offers \
             shardmill:guest/log@0.1.0, shardmill:guest/config@0.1.0 and {PREVIEW1}",
            quoted(name),
            quoted(from),
        )));
    }
    // With generated bindings, exports may have other names; the packer knows them.
    let target = if outline.tells_its_world { None } else { Some(target_of(&outline)?) };
    Validator::new_with_features(FEATURES).validate_all(module).map_err(malformed)?;
    Ok(target)
}

/// What a module is packed for.
fn target_of(outline: &Outline<'_>) -> Result<Target, Rejection> {
    let world = world_of(outline)?;
    let is_interpreter =
        world == World::Handler && outline.exports.contains(&(LOAD, ExternalKind::Func));
    Ok(if is_interpreter { Target::Interpreter } else { Target::Function(world) })
}

/// The world whose function a module exports, with all that it needs besides.
fn world_of(outline: &Outline<'_>) -> Result<World, Rejection> {
    let exports = |name: &str, kind| outline.exports.contains(&(name, kind));
    let mut worlds = HANDLES.iter().filter(|(name, ..)| exports(name, ExternalKind::Func));
    let world = match (worlds.next(), worlds.next()) {
        (Some((_, world, _)), None) => *world,
        (Some((one, ..)), Some((other, ..))) => {
            return Err(unfit(&format!(
                "the core module exports both `{one}` and `{other}`: a function is of one world, so export one of them"
            )));
        }
        (None, _) => {
            let told = HANDLES.map(|(name, world, program)| {
                format!(
                    "`{name}`, as a {}: guests/programs/{program} shows its parameters",
                    world.as_str()
                )
            });
            return Err(unfit(&format!("the core module must export {}", told.join(", or "))));
        }
    };
    if world == World::Consumer && !exports(ON_TIMERS, ExternalKind::Func) {
        let text = format!("the core module must export `{ON_TIMERS}`: what is called with timers");
        return Err(unfit(&text));
    }
    for (name, kind, what) in NEEDED {
        if !exports(name, kind) {
            return Err(unfit(&format!("the core module must export `{name}`: {what}")));
        }
    }
    Ok(world)
}

fn outline(module: &[u8]) -> Result<Outline<'_>, wasmparser::BinaryReaderError> {
    let mut outline = Outline::default();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    let is_known = import.module == PREVIEW1 || is_interface(import.module);
                    if !is_known && outline.stranger.is_none() {
                        outline.stranger = Some((import.module, import.name));
                    }
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    let names = HANDLES.iter().map(|it| it.0).chain(NEEDED.map(|it| it.0));
                    if names.chain([LOAD, ON_TIMERS]).any(|name| name == export.name) {
                        outline.exports.push((export.name, export.kind));
                    }
                }
            }
            Payload::CustomSection(section) if section.name().starts_with("component-type") => {
                outline.tells_its_world = true;
                outline.told_bytes += section.data().len();
            }
            _ => {}
        }
    }
    Ok(outline)
}

/// Whether an import's module is named as interfaces are, or as the packer's own.
fn is_interface(name: &str) -> bool {
    name.contains(':')
        || name == "$root"
        || name.starts_with("[export]")
        || name == "__main_module__"
}
