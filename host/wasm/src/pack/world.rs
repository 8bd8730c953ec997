//! The worlds that modules are packed against, as the packer's libraries want them.

use std::sync::LazyLock;

use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

/// What guests are written against.
const TRANSFORM: &str = include_str!("../../../../wit/transform.wit");

/// What the stand-in for WASI preview 1 is written against.
const PREVIEW1: &str = include_str!("preview1.wit");

/// A world and all that it refers to.
struct World {
    resolve: Resolve,
    id: WorldId,
}

static TRANSFORM_WORLD: LazyLock<World> = LazyLock::new(|| World::parse(TRANSFORM, "transform"));

/// The stand-in, with its world told.
static STAND_IN: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let world = World::parse(PREVIEW1, "preview1");
    let mut module = wat::parse_str(include_str!("preview1.wat")).expect("the stand-in is WAT");
    world.tell(&mut module);
    module
});

impl World {
    fn parse(text: &str, name: &str) -> Self {
        let mut resolve = Resolve::default();
        let package = resolve.push_str(name, text).expect("our own WIT is well-formed");
        let id = resolve.select_world(&[package], Some(name)).expect("our own WIT has this world");
        Self { resolve, id }
    }

    /// Adds the section that tells the packer the types of imports and exports.
    fn tell(&self, module: &mut Vec<u8>) {
        embed_component_metadata(module, &self.resolve, self.id, StringEncoding::UTF8)
            .expect("our own world can be encoded");
    }
}

/// Tells in `module` that it is written against the world `transform`.
pub(super) fn tell_transform(module: &mut Vec<u8>) {
    TRANSFORM_WORLD.tell(module);
}

/// The module that stands in for WASI preview 1.
pub(super) fn stand_in() -> &'static [u8] {
    &STAND_IN
}
