//! Smithy's RPC v2 with CBOR: the operation stands in the path, times are tag 1 around seconds as RFC 8949 has them.
//!
//! An empty body is an input without members, and so is an output.

#[cfg(test)]
mod tests;

use bytes::Bytes;
use minicbor::Encoder;
use minicbor::data::Tag;
use serde::{Deserialize, Serialize};

use super::aws_cbor;
use super::aws_cbor::reader::Reader;
use crate::Failure;
use crate::output::{self, Sink};

const TIME: Tag = Tag::new(1);
/// A map without members.
const NOTHING: [u8; 1] = [0xa0];

/// Reads a map.
pub(super) fn decode<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Failure> {
    let body = if body.is_empty() { &NOTHING } else { body };
    aws_cbor::read(Reader::in_seconds(body))
}

/// Writes a map, or nothing where there are no members.
pub(super) fn encode<T: Serialize>(output: &T) -> Result<Bytes, Failure> {
    let mut cbor = Cbor(Encoder::new(Vec::new()));
    output::write(&mut cbor, output).map_err(Failure::internal)?;
    let bytes = cbor.0.into_writer();
    Ok(if bytes == aws_cbor::NULL { Bytes::new() } else { bytes.into() })
}

struct Cbor(Encoder<Vec<u8>>);

/// Writing to memory does not fail.
macro_rules! put {
    ($self:ident.$method:ident($($argument:expr),*)) => {{
        let _ = $self.0.$method($($argument),*);
    }};
}

impl Sink for Cbor {
    fn null(&mut self) {
        put!(self.null());
    }

    fn boolean(&mut self, value: bool) {
        put!(self.bool(value));
    }

    fn whole(&mut self, number: i64) {
        put!(self.i64(number));
    }

    fn unsigned(&mut self, number: u64) {
        put!(self.u64(number));
    }

    fn number(&mut self, number: f64) {
        put!(self.f64(number));
    }

    fn text(&mut self, text: &str) {
        put!(self.str(text));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        put!(self.bytes(bytes));
    }

    #[expect(clippy::cast_precision_loss, reason = "exact to the millisecond for 200,000 years")]
    fn moment(&mut self, ms: i64) {
        put!(self.tag(TIME));
        match ms % 1000 {
            0 => put!(self.i64(ms / 1000)),
            _ => put!(self.f64(ms as f64 / 1000.0)),
        }
    }

    fn begin_list(&mut self, length: usize) {
        put!(self.array(length as u64));
    }

    fn begin_element(&mut self) {}
    fn end_element(&mut self) {}
    fn end_list(&mut self) {}

    fn begin_members(&mut self, count: usize) {
        put!(self.map(count as u64));
    }

    fn begin_member(&mut self, name: &str) {
        put!(self.str(name));
    }

    fn end_member(&mut self, _: &str) {}

    fn begin_map(&mut self, length: usize) {
        put!(self.map(length as u64));
    }

    fn begin_key(&mut self) {}
    fn end_key(&mut self) {}
    fn end_value(&mut self) {}
}
