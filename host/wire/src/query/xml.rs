//! Answers of the query form: XML whose elements are members.

use std::fmt::{self, Write as _};

use bytes::Bytes;
use serde::Serialize;

use super::Form;
use super::code::{code, fault};
use crate::Failure;
use crate::output::{self, Sink};

/// `<OpResponse><OpResult>members</OpResult><ResponseMetadata>..</ResponseMetadata></OpResponse>`; the result is left
/// out where an operation has no output.
pub(super) fn reply<T: Serialize>(
    Form { namespace, .. }: &Form,
    operation: &str,
    request_id: &str,
    output: &T,
) -> Result<Bytes, output::Error> {
    let mut xml = Xml(format!("<{operation}Response xmlns=\"{namespace}\">"));
    let empty = xml.0.len();
    xml.open(format_args!("{operation}Result"));
    let opened = xml.0.len();
    output::write(&mut xml, output)?;
    if xml.0.len() == opened {
        xml.0.truncate(empty);
    } else {
        xml.close(format_args!("{operation}Result"));
    }
    xml.0.push_str("<ResponseMetadata><RequestId>");
    xml.text(request_id);
    xml.0.push_str("</RequestId></ResponseMetadata>");
    xml.close(format_args!("{operation}Response"));
    Ok(xml.0.into())
}

/// `<ErrorResponse><Error><Type>Sender</Type><Code>..</Code><Message>..</Message></Error>..`
pub(super) fn failure(form: &Form, failure: &Failure, request_id: &str) -> Bytes {
    let mut xml = Xml(format!("<ErrorResponse xmlns=\"{}\"><Error>", form.namespace));
    let message = failure.message.as_deref();
    let members =
        [("Type", Some(fault(failure))), ("Code", Some(code(&failure.code))), ("Message", message)];
    for (name, text) in members {
        let Some(text) = text else { continue };
        xml.open(name);
        xml.text(text);
        xml.close(name);
    }
    xml.0.push_str("</Error><RequestId>");
    xml.text(request_id);
    xml.0.push_str("</RequestId></ErrorResponse>");
    xml.0.into()
}

struct Xml(String);

impl Xml {
    fn open(&mut self, name: impl fmt::Display) {
        // Writing to a string does not fail.
        let _ = write!(self.0, "<{name}>");
    }

    fn close(&mut self, name: impl fmt::Display) {
        let _ = write!(self.0, "</{name}>");
    }

    fn plain(&mut self, value: impl fmt::Display) {
        let _ = write!(self.0, "{value}");
    }
}

impl Sink for Xml {
    fn null(&mut self) {}

    fn boolean(&mut self, value: bool) {
        self.plain(value);
    }

    fn whole(&mut self, number: i64) {
        self.plain(number);
    }

    fn unsigned(&mut self, number: u64) {
        self.plain(number);
    }

    fn number(&mut self, number: f64) {
        match number {
            f64::INFINITY => self.0.push_str("Infinity"),
            f64::NEG_INFINITY => self.0.push_str("-Infinity"),
            number => self.plain(format_args!("{number:?}")),
        }
    }

    fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                // Readers would make a line feed of it.
                '\r' => self.0.push_str("&#xD;"),
                // No document may have these, written in whatever way.
                '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {
                    self.0.push('\u{fffd}');
                }
                other => self.0.push(other),
            }
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.push_str(&base64_simd::STANDARD.encode_to_string(bytes));
    }

    fn moment(&mut self, ms: i64) {
        let at = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::MAX);
        self.plain(at);
    }

    fn begin_list(&mut self, _: usize) {}
    fn end_list(&mut self) {}

    fn begin_element(&mut self) {
        self.open("member");
    }

    fn end_element(&mut self) {
        self.close("member");
    }

    fn begin_members(&mut self, _: usize) {}

    fn begin_member(&mut self, name: &str) {
        self.open(name);
    }

    fn end_member(&mut self, name: &str) {
        self.close(name);
    }

    fn begin_map(&mut self, _: usize) {}

    fn begin_key(&mut self) {
        self.0.push_str("<entry><key>");
    }

    fn end_key(&mut self) {
        self.0.push_str("</key><value>");
    }

    fn end_value(&mut self) {
        self.0.push_str("</value></entry>");
    }
}
