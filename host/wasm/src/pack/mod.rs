//! Making a component of what people upload: a component as it is, a core module or its text wrapped for the
//! world whose function it exports.
//!
//! Pure: bytes in, bytes out. Core modules that import `wasi_snapshot_preview1` are given a stand-in that
//! touches no operating system (`preview1.wat`): the clock hardly moves, random numbers repeat, and what is
//! written to standard output and standard error goes to the log.

mod core_module;
#[cfg(test)]
mod tests;
mod world;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use wit_component::ComponentEncoder;

use crate::message::Rejection;
use crate::unfit::{shortened, unfit};

/// Bytes of an upload.
pub const CODE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Bytes of an upload that is text: parsed text takes many times the room of its bytes.
pub const TEXT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The module name of WASI preview 1.
pub(crate) const PREVIEW1: &str = "wasi_snapshot_preview1";

/// What an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Component,
    Module,
    Text,
}

/// Makes a component of `code`. Whether it fits the world is for [`crate::check`] to say: of a component,
/// nothing but its first bytes is looked at here.
///
/// # Errors
/// [`Rejection::Unfit`] if it is none of the three, is malformed, or cannot be packed.
pub fn pack(code: &[u8]) -> Result<Vec<u8>, Rejection> {
    let module = match Kind::of(code)? {
        Kind::Component => return Ok(code.to_vec()),
        Kind::Module => Cow::Borrowed(code),
        Kind::Text => {
            let parsed = wat::parse_bytes(code)
                .map_err(|error| unfit(&format!("this is not WebAssembly text: {error}")))?;
            match Kind::of(&parsed)? {
                Kind::Component => return Ok(parsed.into_owned()),
                Kind::Module | Kind::Text => parsed,
            }
        }
    };
    let target = core_module::check(&module)?;
    // The libraries were made for well-meant modules: what makes them panic cannot be packed either.
    let packed = catch_unwind(AssertUnwindSafe(|| encode(module.into_owned(), target)));
    packed.unwrap_or_else(|_panic| Err(unfit("this core module cannot be packed as a component")))
}

/// Wraps `module` for `target`, or for the world that it tells itself.
fn encode(mut module: Vec<u8>, target: Option<world::Target>) -> Result<Vec<u8>, Rejection> {
    if let Some(target) = target {
        world::tell(target, &mut module);
    }
    let encoded = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|encoder| encoder.adapter(PREVIEW1, world::stand_in()))
        .and_then(|mut encoder| encoder.encode());
    encoded.map_err(|error| {
        let error = format!("{error:#}");
        unfit(&format!("this core module cannot be packed as a component: {}", shortened(&error)))
    })
}

impl Kind {
    fn of(code: &[u8]) -> Result<Self, Rejection> {
        if code.len() > CODE_BYTES_MAX {
            let (is, may) = (code.len(), CODE_BYTES_MAX);
            return Err(unfit(&format!("the code has {is} bytes; at most {may} are taken")));
        }
        match code {
            // The fifth byte is the version, the seventh tells modules from components.
            [b'\0', b'a', b's', b'm', _, _, 0, 0, ..] => Ok(Self::Module),
            [b'\0', b'a', b's', b'm', _, _, 1, 0, ..] => Ok(Self::Component),
            [b'\0', b'a', b's', b'm', ..] => {
                Err(unfit("this is WebAssembly of an unknown version, or cut off"))
            }
            text if is_text(text) && text.len() <= TEXT_BYTES_MAX => Ok(Self::Text),
            text if is_text(text) => {
                let (is, may) = (text.len(), TEXT_BYTES_MAX);
                let said = format!("the text has {is} bytes; at most {may} are taken as text");
                Err(unfit(&said))
            }
            _ => Err(unfit(
                "this is not WebAssembly; upload a component, a core module, or WebAssembly text",
            )),
        }
    }
}

/// Whether `code` begins as WebAssembly text does: with a parenthesis or a comment.
fn is_text(code: &[u8]) -> bool {
    let code = code.trim_ascii_start();
    code.starts_with(b"(") || code.starts_with(b";;")
}
