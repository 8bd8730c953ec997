//! Outputs as events, for formats that serde's crates do not write as AWS does: XML, and CBOR with times in seconds.
//!
//! An output is written as it is met: no tree of it is made.

mod writer;

use std::fmt;

use serde::{Serialize, ser};

use writer::Writer;

/// Why an output cannot be written, which is a bug of its operation.
#[derive(Debug, thiserror::Error)]
#[error("output cannot be written: {0}")]
pub(crate) struct Error(String);

impl ser::Error for Error {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self(text.to_string())
    }
}

/// What takes the values of an output, in order.
pub(crate) trait Sink {
    /// A value that is not there.
    fn null(&mut self);
    fn boolean(&mut self, value: bool);
    fn whole(&mut self, number: i64);
    fn unsigned(&mut self, number: u64);
    fn number(&mut self, number: f64);
    fn text(&mut self, text: &str);
    fn bytes(&mut self, bytes: &[u8]);
    /// Milliseconds since the epoch.
    fn moment(&mut self, ms: i64);
    /// A list of so many elements follows.
    fn begin_list(&mut self, length: usize);
    fn begin_element(&mut self);
    fn end_element(&mut self);
    fn end_list(&mut self);
    /// A structure with so many members follows.
    fn begin_members(&mut self, count: usize);
    fn begin_member(&mut self, name: &str);
    fn end_member(&mut self, name: &str);
    /// A map with so many entries follows.
    fn begin_map(&mut self, length: usize);
    fn begin_key(&mut self);
    fn end_key(&mut self);
    fn end_value(&mut self);
}

/// Writes all of an output.
pub(crate) fn write<T: Serialize>(sink: &mut impl Sink, output: &T) -> Result<(), Error> {
    output.serialize(Writer { sink, is_moment: false })
}
