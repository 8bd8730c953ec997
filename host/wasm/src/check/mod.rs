//! Whether a component fits the world `transform`: it exports the transformer, and imports nothing that the
//! host would have to refuse while it runs.
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
use crate::message::Rejection;
use crate::pack::{CODE_BYTES_MAX, pack};
use crate::unfit::{quoted, unfit};

/// What a component may export, by count: the names are told to people.
const EXPORTS_MAX: usize = 256;

/// Bytes of a name that is told.
const NAME_BYTES_MAX: usize = 200;

/// A module that has nothing but the world's types.
const REFERENCE_WAT: &str = include_str!("../pack/reference.wat");

static REFERENCE: LazyLock<Vec<u8>> =
    LazyLock::new(|| pack(REFERENCE_WAT.as_bytes()).expect("the reference can be packed"));

/// A component that fits, and what it has to do with the outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The interfaces that it imports, in its order.
    pub imports: Vec<String>,
    /// What it exports, in its order; more than the transformer does no harm.
    pub exports: Vec<String>,
}

/// Checks a component against the world `transform`.
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
    let (Some(theirs), Some(ours)) =
        (types.get(types.component_at(0)), types.get(types.component_at(1)))
    else {
        return Err(unfit("this component cannot be checked"));
    };
    let world = World { types, ours };
    for (name, item) in &theirs.imports {
        world.import(name, &item.ty)?;
    }
    world.exports(theirs)?;
    if theirs.exports.len() > EXPORTS_MAX {
        return Err(unfit(&format!("the component exports more than {EXPORTS_MAX} things")));
    }
    let names = |name: &String| crate::unfit::cut(name, NAME_BYTES_MAX);
    Ok(Checked {
        imports: theirs.imports.keys().map(names).collect(),
        exports: theirs.exports.keys().map(names).collect(),
    })
}

/// The types of `component` and of the reference, in one space so that they can be compared: both are put
/// into a component that does nothing else.
fn side_by_side(component: &[u8]) -> Result<Types, Rejection> {
    let mut both = Vec::with_capacity(component.len() + REFERENCE.len() + 32);
    both.extend_from_slice(b"\0asm\x0d\0\x01\0");
    for inner in [component, &REFERENCE] {
        both.push(4);
        push_number(&mut both, inner.len());
        both.extend_from_slice(inner);
    }
    let unknown = |_error| unfit("this component cannot be checked");
    let mut validator = Validator::new_with_features(FEATURES);
    let mut types = None;
    for payload in Parser::new(0).parse_all(&both) {
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

/// The world, as the reference has it.
struct World<'a> {
    types: TypesRef<'a>,
    ours: &'a ComponentType,
}

impl World<'_> {
    fn import(&self, name: &str, theirs: &ComponentEntityType) -> Result<(), Rejection> {
        if name == allowed::STDIO || allowed::wasi(name).is_some() {
            return match theirs {
                ComponentEntityType::Instance(_) => Ok(()),
                _ => Err(unfit(&format!("the import {} should be an interface", quoted(name)))),
            };
        }
        let Some(ours) = self.ours.imports.get(name) else {
            return Err(self.stranger(name));
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

    fn exports(&self, component: &ComponentType) -> Result<(), Rejection> {
        let theirs = component.exports.get(allowed::TRANSFORMER);
        let ours = self.ours.exports.get(allowed::TRANSFORMER);
        let (Some(theirs), Some(ours)) = (theirs, ours) else {
            return Err(not_exported(component));
        };
        for (function, ours) in self.functions(&ours.ty) {
            let path = format!("{}#{function}", allowed::TRANSFORMER);
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

    fn stranger(&self, name: &str) -> Rejection {
        let name = quoted(name);
        let why = if name.starts_with("`wasi:sockets/") || name.starts_with("`wasi:http/") {
            ": a transform has no network"
        } else if name.starts_with("`wasi:") {
            ": of WASI there are version 0.2 of cli, clocks, filesystem, io and random"
        } else {
            ", which the host does not offer"
        };
        unfit(&format!(
            "the component imports {name}{why}; the world `transform` has {}",
            allowed::OWN.join(", ")
        ))
    }
}

fn mismatch(what: &str, path: &str) -> Rejection {
    unfit(&format!(
        "the {what} {} has another type than in the world `transform` of shardmill:guest@0.1.0; make the \
         bindings anew from its WIT",
        quoted(path)
    ))
}

fn not_exported(component: &ComponentType) -> Rejection {
    let mut text = format!("the component does not export `{}`", allowed::TRANSFORMER);
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
