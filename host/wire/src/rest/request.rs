//! A request as an operation reads it: labels, query and headers by name, and the body.

use std::borrow::Cow;

use bytes::Bytes;
use http::HeaderMap;
use serde::Deserialize;

use super::Label;
use super::percent::decode;
use crate::Failure;
use crate::protocol::Protocol;
use crate::shape::{Flag, Int, Text};

#[cfg(test)]
mod tests;

/// What a request's head brings; nothing of it is decoded yet.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// The labels of the path.
    pub labels: &'a [Label<'a>],
    /// What stands behind the question mark.
    pub query: &'a str,
    /// All headers.
    pub headers: &'a HeaderMap,
}

/// A request whose signature held. Texts borrow from it unless they had escapes.
#[derive(Debug)]
pub struct Request<'a> {
    labels: Vec<(&'static str, Cow<'a, str>)>,
    query: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    headers: &'a HeaderMap,
    body: &'a Bytes,
}

impl<'a> Request<'a> {
    /// Decodes the path and the query.
    ///
    /// # Errors
    /// `MalformedHttpRequestException` for escapes that are none.
    pub fn new(head: &Head<'a>, body: &'a Bytes) -> Result<Self, Failure> {
        let labels = head.labels.iter().map(|(name, raw)| Some((*name, decode(raw)?)));
        let texts = head.query.split('&').filter(|text| !text.is_empty());
        let query = texts.map(|text| {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            Some((decode(name)?, decode(value)?))
        });
        let malformed = || {
            let message =
                "The path or the query has a percent sign that begins no escape of UTF-8.";
            Failure::caller("MalformedHttpRequestException", message)
        };
        Ok(Self {
            labels: labels.collect::<Option<_>>().ok_or_else(malformed)?,
            query: query.collect::<Option<_>>().ok_or_else(malformed)?,
            headers: head.headers,
            body,
        })
    }

    /// All that stands in the path, by the names of the template.
    pub(crate) fn labels(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.labels.iter().map(|(name, value)| (*name, &**value))
    }

    /// What stands in the path; nothing if the template has no such label.
    pub fn label(&self, name: &str) -> Option<Text<'a>> {
        let (_, value) = self.labels.iter().find(|(label, _)| *label == name)?;
        Some(Text(value.clone()))
    }

    /// A parameter of the query, the first if it is there more than once.
    pub fn query(&self, name: &str) -> Option<Text<'a>> {
        let (_, value) = self.query.iter().find(|(parameter, _)| parameter == name)?;
        Some(Text(value.clone()))
    }

    /// All parameters of this name, which is how lists stand in a query.
    pub fn query_list(&self, name: &str) -> impl Iterator<Item = Text<'a>> {
        let of_name = move |(parameter, _): &&(Cow<'_, str>, Cow<'_, str>)| parameter == name;
        self.query.iter().filter(of_name).map(|(_, value)| Text(value.clone()))
    }

    /// A number in the query.
    ///
    /// # Errors
    /// `SerializationException` for what is none.
    pub fn query_int(&self, name: &str) -> Result<Option<Int>, Failure> {
        let Some(text) = self.query(name) else {
            return Ok(None);
        };
        match text.as_str().parse::<i64>() {
            Ok(number) => Ok(Some(Int(number.clamp(i32::MIN.into(), i32::MAX.into())))),
            Err(_) => Err(wrong(&text, "Integer")),
        }
    }

    /// A boolean in the query.
    ///
    /// # Errors
    /// `SerializationException` for what is none.
    pub fn query_flag(&self, name: &str) -> Result<Option<Flag>, Failure> {
        match self.query(name) {
            None => Ok(None),
            Some(text) if text.as_str().eq_ignore_ascii_case("true") => Ok(Some(Flag(true))),
            Some(text) if text.as_str().eq_ignore_ascii_case("false") => Ok(Some(Flag(false))),
            Some(text) => Err(wrong(&text, "Boolean")),
        }
    }

    /// A header, by its name in any case.
    ///
    /// # Errors
    /// `SerializationException` for one that is there twice, and for a value with other characters than ASCII's visible
    /// ones.
    pub fn header(&self, name: &str) -> Result<Option<Text<'a>>, Failure> {
        let headers = self.headers;
        let mut values = headers.get_all(name).iter();
        let value = match (values.next(), values.next()) {
            (None, _) => return Ok(None),
            (Some(value), None) => value,
            // Both were signed, as one text; what the sender means is neither.
            (Some(_), Some(_)) => {
                return Err(Failure::serialization(format!("The header '{name}' is given twice.")));
            }
        };
        match value.to_str() {
            Ok(text) => Ok(Some(Text(Cow::Borrowed(text)))),
            Err(_) => {
                let message =
                    format!("The header '{name}' has characters that are not visible ASCII.");
                Err(Failure::serialization(message))
            }
        }
    }

    /// The members of the body; an empty body has none.
    ///
    /// # Errors
    /// `SerializationException`, as with the other protocols.
    pub fn json<T: Deserialize<'a>>(&self) -> Result<T, Failure> {
        let body: &'a [u8] = if self.body.is_empty() { b"{}" } else { self.body };
        Protocol::RestJson.decode(body)
    }

    /// The body as it is, whatever its content type.
    pub fn payload(&self) -> Bytes {
        self.body.clone()
    }
}

fn wrong(text: &Text<'_>, wanted: &str) -> Failure {
    let shown: String = text.as_str().chars().take(64).collect();
    Failure::serialization(format!("'{shown}' can not be converted to an {wanted}"))
}
