//! What tests of services need: one document in each protocol, so that a test that is written in JSON can ask and
//! read in CBOR as well.
//!
//! JSON does not tell blobs from strings and times from numbers, so their members are known by name here: `Data`,
//! `StartTime`, `EndTime`, and what ends with `Timestamp`. This is no way to read what strangers send: it trusts depth
//! and lengths.

mod form;
mod xml;

use minicbor::data::{Tag, Type};
use minicbor::{Decoder, Encoder, decode};
use serde_json::{Map, Value, json};

use crate::protocol::Protocol;

const TIME: Tag = Tag::new(1);

/// A document as `protocol` writes it.
pub fn write(protocol: Protocol, document: &Value) -> Vec<u8> {
    match protocol {
        Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RestJson => {
            document.to_string().into_bytes()
        }
        Protocol::Query(_) => form::write(document).into_bytes(),
        Protocol::AwsCbor11 | Protocol::RpcV2Cbor => {
            let mut encoder = Encoder::new(Vec::new());
            let unit_ms = if protocol == Protocol::AwsCbor11 { 1 } else { 1000 };
            put(&mut encoder, "", document, unit_ms).expect("a vector takes all that is written");
            encoder.into_writer()
        }
    }
}

/// A document that `protocol` wrote; nothing is null.
///
/// # Errors
/// A sentence about what is wrong with it.
pub fn read(protocol: Protocol, body: &[u8]) -> Result<Value, String> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    match protocol {
        Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RestJson => {
            serde_json::from_slice(body).map_err(|error| error.to_string())
        }
        Protocol::Query(_) => {
            let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
            xml::read(text)
        }
        Protocol::AwsCbor11 | Protocol::RpcV2Cbor => {
            let mut decoder = Decoder::new(body);
            let unit_ms = if protocol == Protocol::AwsCbor11 { 1 } else { 1000 };
            let document = take(&mut decoder, unit_ms).map_err(|error| error.to_string())?;
            if decoder.position() != body.len() {
                return Err("bytes follow the document".to_owned());
            }
            Ok(document)
        }
    }
}

type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

/// Whether a member is a time.
fn is_time(member: &str) -> bool {
    member.ends_with("Timestamp") || ["StartTime", "EndTime"].contains(&member)
}

fn put(encoder: &mut Encoder<Vec<u8>>, member: &str, value: &Value, unit_ms: i64) -> Written {
    match value {
        Value::Null => encoder.null()?,
        Value::Bool(value) => encoder.bool(*value)?,
        Value::Number(number) if is_time(member) => {
            #[expect(clippy::cast_possible_truncation, reason = "saturates")]
            let ms = (number.as_f64().unwrap_or_default() * 1000.0).round() as i64;
            match ms % unit_ms {
                0 => encoder.tag(TIME)?.i64(ms / unit_ms)?,
                _ => encoder.tag(TIME)?.f64(number.as_f64().unwrap_or_default())?,
            }
        }
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => encoder.u64(number)?,
            (None, Some(number)) => encoder.i64(number)?,
            (None, None) => encoder.f64(number.as_f64().unwrap_or_default())?,
        },
        Value::String(text) => match base64_simd::STANDARD.decode_to_vec(text) {
            Ok(bytes) if member == "Data" => encoder.bytes(&bytes)?,
            _ => encoder.str(text)?,
        },
        Value::Array(elements) => {
            encoder.array(elements.len() as u64)?;
            return elements.iter().try_for_each(|element| put(encoder, member, element, unit_ms));
        }
        Value::Object(members) => {
            encoder.map(members.len() as u64)?;
            for (name, value) in members {
                encoder.str(name)?;
                put(encoder, name, value, unit_ms)?;
            }
            encoder
        }
    };
    Ok(())
}

fn take(decoder: &mut Decoder<'_>, unit_ms: i64) -> Result<Value, decode::Error> {
    Ok(match decoder.datatype()? {
        Type::Null => {
            decoder.null()?;
            Value::Null
        }
        Type::Bool => decoder.bool()?.into(),
        Type::F32 | Type::F64 => decoder.f64()?.into(),
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => decoder.u64()?.into(),
        Type::I8 | Type::I16 | Type::I32 | Type::I64 => decoder.i64()?.into(),
        Type::Bytes => base64_simd::STANDARD.encode_to_string(decoder.bytes()?).into(),
        Type::String => decoder.str()?.into(),
        Type::Tag if decoder.tag()? == TIME => match decoder.datatype()? {
            Type::F64 => decoder.f64()?.into(),
            _ => seconds(decoder.i64()? * unit_ms),
        },
        Type::Array => {
            let length = decoder.array()?.unwrap_or_default();
            let elements: Result<Vec<_>, _> = (0..length).map(|_| take(decoder, unit_ms)).collect();
            elements?.into()
        }
        Type::Map => {
            let length = decoder.map()?.unwrap_or_default();
            let mut members = Map::new();
            for _ in 0..length {
                members.insert(decoder.str()?.to_owned(), take(decoder, unit_ms)?);
            }
            members.into()
        }
        kind => return Err(decode::Error::type_mismatch(kind)),
    })
}

/// Milliseconds as JSON has them.
#[expect(clippy::cast_precision_loss, reason = "exact to the millisecond for 200,000 years")]
fn seconds(ms: i64) -> Value {
    json!(ms as f64 / 1000.0)
}
