//! How destinations are stored, in mappings and in configurations of asynchronous calls. The page
//! `host/docs/formats/functions.md` is the reference.

use domain::{FunctionArn, QualifiedArn, Qualifier, Region, StreamId};
use storage::codec::{Decoded, Reader, Writer};

use super::event_config_fact::account;
use crate::destination::{Destination, Elsewhere};
use crate::mapping::StreamRef;

const STREAM: u8 = 1;
const FUNCTION: u8 = 2;
/// Since version 7 of mappings and version 2 of configurations.
const ELSEWHERE: u8 = 3;

pub(super) fn put_destination(value: &mut Writer, destination: Option<&Destination>) {
    match destination {
        None => value.u8(0),
        Some(Destination::Stream(stream)) => {
            value.u8(STREAM);
            value.u64(stream.id.0);
            value.text(stream.name.as_str());
        }
        Some(Destination::Function(arn)) => {
            value.u8(FUNCTION);
            put_function(value, arn);
        }
        Some(Destination::Elsewhere(place)) => {
            value.u8(ELSEWHERE);
            value.text(&place.to_string());
        }
    }
}

pub(super) fn take_destination(reader: &mut Reader<'_>) -> Decoded<Option<Destination>> {
    Ok(match reader.u8()? {
        0 => None,
        STREAM => {
            let (id, name) = (StreamId(reader.u64()?), reader.parsed()?);
            Some(Destination::Stream(StreamRef { id, name }))
        }
        FUNCTION => Some(Destination::Function(take_function(reader)?)),
        ELSEWHERE => {
            let text = reader.text()?;
            let unknown = || format!("destination {text:?} is not known");
            let place = Elsewhere::parse(&text).ok_or_else(unknown)?;
            Some(Destination::Elsewhere(place.map_err(|error| error.to_string())?))
        }
        other => return Err(format!("destination {other} is not known")),
    })
}

/// Writes what names a function, or a version or an alias of it.
pub(crate) fn put_function(value: &mut Writer, arn: &QualifiedArn) {
    let QualifiedArn { function, qualifier } = arn;
    value.u64(function.account.number());
    value.text(function.region.as_str());
    value.text(function.name.as_str());
    value.optional_text(qualifier.as_ref().map(ToString::to_string).as_deref());
}

/// Reads what [`put_function`] wrote.
pub(crate) fn take_function(reader: &mut Reader<'_>) -> Decoded<QualifiedArn> {
    let account = account(reader.u64()?)?;
    let region: Region = reader.parsed()?;
    let name = reader.parsed()?;
    let qualifier = reader.optional_text()?.map(|text| text.parse::<Qualifier>()).transpose();
    let qualifier = qualifier.map_err(|error| error.to_string())?;
    Ok(QualifiedArn { function: FunctionArn { region, account, name }, qualifier })
}
