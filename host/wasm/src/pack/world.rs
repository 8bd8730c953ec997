//! The worlds that modules are packed against, as the packer's libraries want them.

use std::sync::LazyLock;

use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, SourceMap, WorldId};

use crate::message;

/// What guests are written against: a package of four files.
const GUEST: [(&str, &str); 4] = [
    ("transform.wit", include_str!("../../../../wit/transform.wit")),
    ("handler.wit", include_str!("../../../../wit/handler.wit")),
    ("consumer.wit", include_str!("../../../../wit/consumer.wit")),
    ("interpreter.wit", include_str!("../../../../wit/interpreter.wit")),
];

/// The packages that it names, each before those that name it.
const NAMED: [(&str, &str); 3] = [
    ("io.wit", include_str!("../../../../wit/deps/io.wit")),
    ("clocks.wit", include_str!("../../../../wit/deps/clocks.wit")),
    ("random.wit", include_str!("../../../../wit/deps/random.wit")),
];

/// What the stand-in for WASI preview 1 is written against.
const PREVIEW1: &str = include_str!("preview1.wit");

/// What a module is packed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A function of this world.
    Function(message::World),
    /// A handler that is given its code.
    Interpreter,
}

/// A world and all that it refers to.
struct World {
    resolve: Resolve,
    id: WorldId,
}

static TRANSFORM: LazyLock<World> = LazyLock::new(|| World::of_guests("transform"));

static HANDLER: LazyLock<World> = LazyLock::new(|| World::of_guests("handler"));

static CONSUMER: LazyLock<World> = LazyLock::new(|| World::of_guests("consumer"));

static INTERPRETER: LazyLock<World> = LazyLock::new(|| World::of_guests("interpreter"));

/// The stand-in, with its world told.
static STAND_IN: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let world = World::parse(&[("preview1.wit", PREVIEW1)], Resolve::default(), "preview1");
    let mut module = wat::parse_str(include_str!("preview1.wat")).expect("the stand-in is WAT");
    world.tell(&mut module);
    module
});

impl World {
    fn of_guests(name: &str) -> Self {
        let mut resolve = Resolve::default();
        for (path, text) in NAMED {
            resolve.push_str(path, text).expect("the WIT that we name is well-formed");
        }
        Self::parse(&GUEST, resolve, name)
    }

    /// The world `name` of a package of these files.
    fn parse(files: &[(&str, &str)], mut resolve: Resolve, name: &str) -> Self {
        let mut sources = SourceMap::default();
        for (path, text) in files {
            sources.push_str(path, *text);
        }
        let Ok(package) = sources.parse() else { panic!("our own WIT is well-formed") };
        let package = resolve.push_group(package).expect("our own WIT names what there is");
        let id = resolve.select_world(&[package], Some(name)).expect("our own WIT has this world");
        Self { resolve, id }
    }

    /// Adds the section that tells the packer the types of imports and exports.
    fn tell(&self, module: &mut Vec<u8>) {
        embed_component_metadata(module, &self.resolve, self.id, StringEncoding::UTF8)
            .expect("our own world can be encoded");
    }
}

/// Tells in `module` that it is written against the world of an interpreter or that of functions.
pub(super) fn tell(target: Target, module: &mut Vec<u8>) {
    match target {
        Target::Function(message::World::Transform) => TRANSFORM.tell(module),
        Target::Function(message::World::Handler) => HANDLER.tell(module),
        Target::Function(message::World::Consumer) => CONSUMER.tell(module),
        Target::Interpreter => INTERPRETER.tell(module),
    }
}

/// The module that stands in for WASI preview 1.
pub(super) fn stand_in() -> &'static [u8] {
    &STAND_IN
}
