//! Whether a component fits one of the worlds, and which: it exports what that one does, and imports nothing
//! that the host would have to refuse while it runs.
//!
//! Pure, and bounded by the size of the component. The types of our own interfaces are compared here; those
//! of WASI are compared when the component is compiled, against what is then linked.

pub(crate) mod allowed;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use wasmparser::component_types::{ComponentEntityType, ComponentType};
use wasmparser::types::{Types, TypesRef};
use wasmparser::{Parser, Payload, ValidPayload, Validator};

use crate::features::FEATURES;
use crate::message::{Rejection, World};
use crate::pack::{CODE_BYTES_MAX, pack};
use crate::unfit::{quoted, unfit};

/// What a component may export, by count: the names are told to people.
const EXPORTS_MAX: usize = 256;

/// What a component may import, by count: functions and types of all interfaces. WASI has some 400, and each takes memory of
/// the host as long as the component is at hand.
const IMPORTS_MAX: usize = 2000;

/// Bytes of a name that is told.
const NAME_BYTES_MAX: usize = 200;

/// Modules that have nothing but a world's types, in the order of [`World::ALL`].
const REFERENCES: [&str; World::ALL.len()] = [
    include_str!("../pack/reference.wat"),
    include_str!("../pack/reference_handler.wat"),
    include_str!("../pack/reference_consumer.wat"),
];

static PACKED: LazyLock<[Vec<u8>; World::ALL.len()]> = LazyLock::new(|| {
    REFERENCES.map(|module| pack(module.as_bytes()).expect("a reference can be packed"))
});

/// A component that fits, and what it has to do with the outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Which world it is made for.
    pub world: World,
    /// The interfaces that it imports, in its order.
    pub imports: Vec<String>,
    /// What it exports, in its order; more than the world's own does no harm.
    pub exports: Vec<String>,
}

/// Checks a component against the worlds; what it exports tells which one it is made for.
///
/// # Errors
/// [`Rejection::Unfit`], with a text that names the import or export and says what would be right.
pub fn check(component: &[u8]) -> Result<Checked, Rejection> {
    match component {
        [b'\0', b'a', b's', b'm', _, _, 1, 0, ..] if component.len() <= CODE_BYTES_MAX => {}
        _ => return Err(unfit("this is not a component")),
    }
    // Validation was made for hostile bytes, but what it costs to be wrong about that is a process.
    let checked = catch_unwind(AssertUnwindSafe(|| compare(component)));
    checked.unwrap_or_else(|_panic| Err(unfit("this component cannot be checked")))
}

fn compare(component: &[u8]) -> Result<Checked, Rejection> {
    // First alone, so that what is wrong is told with offsets in the uploader's own file.
    let mut validator = Validator::new_with_features(FEATURES);
    validator.validate_all(component).map_err(|error| {
        unfit(&format!("this component is malformed, or uses what is not on: {error}"))
    })?;
    let types = side_by_side(component)?;
    let types = types.as_ref();
    let (Some(theirs), Some(transform), Some(handler), Some(consumer)) = (
        types.get(types.component_at(0)),
        types.get(types.component_at(1)),
        types.get(types.component_at(2)),
        types.get(types.component_at(3)),
    ) else {
        return Err(unfit("this component cannot be checked"));
    };
    let worlds = Worlds { types, transform, handler, consumer };
    // What is wrong with an import is told first, and a component of no world has what all of them have.
    let world = world_of(theirs);
    let imports = theirs.imports.values().map(|item| worlds.items(&item.ty));
    if imports.fold(theirs.imports.len(), usize::saturating_add) > IMPORTS_MAX {
        return Err(unfit(&format!("the component imports more than {IMPORTS_MAX} things")));
    }
    for (name, item) in &theirs.imports {
        worlds.import(*world.as_ref().unwrap_or(&World::Transform), name, &item.ty)?;
    }
    let world = world?;
    worlds.exports(world, theirs)?;
    if theirs.exports.len() > EXPORTS_MAX {
        return Err(unfit(&format!("the component exports more than {EXPORTS_MAX} things")));
    }
    let names = |name: &String| crate::unfit::cut(name, NAME_BYTES_MAX);
    Ok(Checked {
        world,
        imports: theirs.imports.keys().map(names).collect(),
        exports: theirs.exports.keys().map(names).collect(),
    })
}

/// The types of `component` and of the references, in one space so that they can be compared: all are put
/// into a component that does nothing else.
fn side_by_side(component: &[u8]) -> Result<Types, Rejection> {
    let references: usize = PACKED.iter().map(Vec::len).sum();
    let mut all = Vec::with_capacity(component.len() + references + 64);
    all.extend_from_slice(b"\0asm\x0d\0\x01\0");
    for inner in std::iter::once(component).chain(PACKED.iter().map(Vec::as_slice)) {
        all.push(4);
        push_number(&mut all, inner.len());
        all.extend_from_slice(inner);
    }
    let unknown = |_error| unfit("this component cannot be checked");
    let mut validator = Validator::new_with_features(FEATURES);
    let mut types = None;
    for payload in Parser::new(0).parse_all(&all) {
        let payload: Payload<'_> = payload.map_err(unknown)?;
        match validator.payload(&payload).map_err(unknown)? {
            // The last one is the outermost. Bodies of functions were validated before.
            ValidPayload::End(ended) => types = Some(ended),
            ValidPayload::Ok | ValidPayload::Parser(_) | ValidPayload::Func(..) => {}
        }
    }
    types.ok_or_else(|| unfit("this component cannot be checked"))
}

/// A number as WebAssembly writes lengths.
fn push_number(out: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        out.push(0x80 | number.to_le_bytes()[0]);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// The world of which `component` exports the interface.
fn world_of(component: &ComponentType) -> Result<World, Rejection> {
    let exports = |world: &World| component.exports.contains_key(allowed::export(*world));
    let mut found = World::ALL.into_iter().filter(exports);
    match (found.next(), found.next()) {
        (Some(world), None) => Ok(world),
        (None, _) => Err(not_exported(component)),
        (Some(one), Some(other)) => {
            let [one, other] = [one, other].map(allowed::export);
            Err(unfit(&format!(
                "the component exports both `{one}` and `{other}`: a function is of one world, so export one of them"
            )))
        }
    }
}

/// The worlds, as the references have them.
struct Worlds<'a> {
    types: TypesRef<'a>,
    transform: &'a ComponentType,
    handler: &'a ComponentType,
    consumer: &'a ComponentType,
}

impl Worlds<'_> {
    fn import(
        &self,
        world: World,
        name: &str,
        theirs: &ComponentEntityType,
    ) -> Result<(), Rejection> {
        let wasi = allowed::wasi(name).filter(|interface| allowed::is_open_to(world, interface));
        if name == allowed::STDIO || wasi.is_some() {
            return match theirs {
                ComponentEntityType::Instance(_) => Ok(()),
                _ => Err(unfit(&format!("the import {} should be an interface", quoted(name)))),
            };
        }
        // What the worlds have in common is all that handlers have of ours, and the transform's reference uses it.
        let reference = match world {
            World::Transform | World::Handler => self.transform,
            World::Consumer => self.consumer,
        };
        let Some(ours) = reference.imports.get(name) else {
            return Err(stranger(world, name));
        };
        for (function, theirs) in self.functions(theirs) {
            let path = format!("{name}#{function}");
            let Some((_, ours)) = self.functions(&ours.ty).find(|(known, _)| *known == function)
            else {
                let path = quoted(&path);
                return Err(unfit(&format!("the component imports {path}, which does not exist")));
            };
            if !ComponentEntityType::is_subtype_of(ours, self.types, theirs, self.types) {
                return Err(mismatch("import", &path));
            }
        }
        Ok(())
    }

    fn exports(&self, world: World, component: &ComponentType) -> Result<(), Rejection> {
        let name = allowed::export(world);
        let ours = match world {
            World::Transform => self.transform,
            World::Handler => self.handler,
            World::Consumer => self.consumer,
        };
        let (Some(theirs), Some(ours)) = (component.exports.get(name), ours.exports.get(name))
        else {
            return Err(not_exported(component));
        };
        for (function, ours) in self.functions(&ours.ty) {
            let path = format!("{name}#{function}");
            let theirs = self.functions(&theirs.ty).find(|(name, _)| *name == function);
            let Some((_, theirs)) = theirs else {
                return Err(unfit(&format!("the component must export the function `{path}`")));
            };
            if !ComponentEntityType::is_subtype_of(theirs, self.types, ours, self.types) {
                return Err(mismatch("export", &path));
            }
        }
        Ok(())
    }

    /// How much there is in an interface.
    fn items(&self, of: &ComponentEntityType) -> usize {
        match of {
            ComponentEntityType::Instance(id) => {
                self.types.get(*id).map_or(0, |it| it.exports.len())
            }
            _ => 1,
        }
    }

    /// The functions of an interface.
    fn functions<'b>(
        &'b self,
        of: &ComponentEntityType,
    ) -> impl Iterator<Item = (&'b str, &'b ComponentEntityType)> + use<'b> {
        let instance = match of {
            ComponentEntityType::Instance(id) => self.types.get(*id),
            _ => None,
        };
        let items = instance.into_iter().flat_map(|instance| &instance.exports);
        items.filter_map(|(name, item)| {
            matches!(item.ty, ComponentEntityType::Func(_)).then_some((name.as_str(), &item.ty))
        })
    }
}

fn stranger(world: World, name: &str) -> Rejection {
    let is_of_consumers = allowed::OF_CONSUMERS.contains(&name);
    let name = quoted(name);
    if is_of_consumers {
        let (world, export) = (world.as_str(), allowed::export(World::Consumer));
        return unfit(&format!(
            "the component imports {name}, which only a consumer has, and it is a {world}: export `{export}` instead"
        ));
    }
    let why = if name.starts_with("`wasi:sockets/") || name.starts_with("`wasi:http/") {
        ": a function has no network"
    } else if name.starts_with("`wasi:") {
        ": of WASI there are version 0.2 of cli, clocks, filesystem, io and random"
    } else {
        ", which the host does not offer"
    };
    let of_consumers: &[&str] = match world {
        World::Transform | World::Handler => &[],
        World::Consumer => &allowed::OF_CONSUMERS,
    };
    let own = [&allowed::OWN, of_consumers].concat();
    unfit(&format!("the component imports {name}{why}; of our own there are {}", own.join(", ")))
}

fn mismatch(what: &str, path: &str) -> Rejection {
    unfit(&format!(
        "the {what} {} has another type than in shardmill:guest@0.1.0; make the bindings anew from its WIT",
        quoted(path)
    ))
}

fn not_exported(component: &ComponentType) -> Rejection {
    let [transform, handler, consumer] = World::ALL.map(allowed::export);
    let mut text = format!(
        "the component does not export `{transform}`, as a transform, `{handler}`, as a handler, or `{consumer}`, as a \
         consumer"
    );
    let first: Vec<String> = component.exports.keys().take(4).map(|name| quoted(name)).collect();
    match &first[..] {
        [] => text.push_str("; it exports nothing"),
        first => {
            text.push_str("; it exports ");
            text.push_str(&first.join(", "));
        }
    }
    unfit(&text)
}
