//! How mappings are stored.
//!
//! | key | value |
//! |---|---|
//! | `p` | the producer number under which changes are committed |
//! | `m` UUID (16) | a mapping |
//!
//! The page `host/docs/formats/functions.md` is the reference.

use bytes::{BufMut, Bytes};
use domain::{AccountId, MappingId, Millis, Qualifier, Seconds, StreamId};
use storage::codec::{Decoded, Reader, Writer};
use streams::ConsumerId;

use super::destination_fact::{put_destination, take_destination};
use crate::filters::Filters;
use crate::mapping::{ConsumerRef, Knobs, MappingFacts, Phase, Start, StreamRef};

/// The layouts that are read; the last one is written. The first knew no filters, the second no versions of functions,
/// the third nothing of failures, the fourth no tumbling windows, the fifth no
/// parking, the sixth no destinations outside of this server, the seventh no registered consumers, the
/// eighth no tags and no counts of records.
const VERSIONS: [u8; 9] = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const BISECTS: u8 = 1;
const REPORTS: u8 = 2;
const COUNTS_EVENTS: u8 = 4;
const MAPPINGS: u8 = b'm';

pub(super) fn key(id: MappingId) -> Bytes {
    let mut key = vec![MAPPINGS];
    key.put_slice(&id.0);
    key.into()
}

pub(super) fn decode_key(key: &[u8]) -> Decoded<MappingId> {
    let id = key.strip_prefix(&[MAPPINGS]).and_then(|id| id.try_into().ok());
    let unknown = || format!("key {:?} is not known", key.escape_ascii().to_string());
    id.map(MappingId).ok_or_else(unknown)
}

pub(super) fn encode(facts: &MappingFacts) -> Bytes {
    let MappingFacts { knobs, .. } = facts;
    let mut value = Writer::new(VERSIONS[8]);
    value.u64(facts.number);
    value.u64(facts.account.number());
    value.text(facts.region.as_str());
    put_stream(&mut value, &facts.source);
    value.text(facts.function.as_str());
    put_optional_stream(&mut value, facts.target.as_ref());
    let (start, at) = match facts.start {
        Start::TrimHorizon => (0, Millis(0)),
        Start::Latest => (1, Millis(0)),
        Start::AtTimestamp(at) => (2, at),
    };
    value.u8(start);
    value.u64(at.0);
    value.u32(knobs.batch);
    value.u32(knobs.window_seconds);
    value.u32(knobs.parallel);
    value.optional_u32(knobs.retries);
    value.optional_u32(knobs.age_seconds);
    value.u8(match facts.phase {
        Phase::Enabled => 0,
        Phase::Disabled => 1,
        Phase::Deleting => 2,
    });
    value.u64(facts.created.0);
    value.u64(facts.modified.0);
    let filters = facts.filters.texts();
    value.u8(u8::try_from(filters.len()).expect("a mapping has few filters"));
    filters.for_each(|text| value.text(text));
    let qualifier = facts.qualifier.as_ref().map(ToString::to_string);
    value.optional_text(qualifier.as_deref());
    let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
    let counts_events = flag(knobs.counts_events, COUNTS_EVENTS);
    value.u8(flag(knobs.bisects, BISECTS) | flag(knobs.reports, REPORTS) | counts_events);
    put_destination(&mut value, facts.on_failure.as_ref());
    value.u32(knobs.tumbling_seconds);
    value.u32(knobs.park_after);
    put_optional_consumer(&mut value, facts.reads_as.as_ref());
    value.pairs(&facts.tags);
    value.finish()
}

fn put_optional_consumer(value: &mut Writer, consumer: Option<&ConsumerRef>) {
    value.u8(consumer.is_some().into());
    if let Some(ConsumerRef { id, name, created }) = consumer {
        value.u64(id.0);
        value.text(name.as_str());
        value.u64(created.0);
    }
}

fn put_optional_stream(value: &mut Writer, stream: Option<&StreamRef>) {
    value.u8(stream.is_some().into());
    if let Some(stream) = stream {
        put_stream(value, stream);
    }
}

fn put_stream(value: &mut Writer, stream: &StreamRef) {
    value.u64(stream.id.0);
    value.text(stream.name.as_str());
}

pub(super) fn decode(id: MappingId, value: &[u8]) -> Decoded<MappingFacts> {
    let (version, mut reader) = Reader::versions(&VERSIONS, value)?;
    let mut facts = MappingFacts {
        id,
        number: reader.u64()?,
        account: AccountId::from_number(reader.u64()?).map_err(|error| error.to_string())?,
        region: reader.parsed()?,
        source: take_stream(&mut reader)?,
        reads_as: None,
        function: reader.parsed()?,
        qualifier: None,
        target: take_optional_stream(&mut reader)?,
        on_failure: None,
        start: take_start(&mut reader)?,
        knobs: Knobs {
            batch: reader.u32()?,
            window_seconds: reader.u32()?,
            parallel: reader.u32()?,
            tumbling_seconds: 0,
            retries: reader.optional_u32()?,
            age_seconds: reader.optional_u32()?,
            bisects: false,
            park_after: 0,
            reports: false,
            counts_events: false,
        },
        phase: match reader.u8()? {
            0 => Phase::Enabled,
            1 => Phase::Disabled,
            2 => Phase::Deleting,
            other => return Err(format!("phase {other} is not known")),
        },
        created: Millis(reader.u64()?),
        modified: Millis(reader.u64()?),
        filters: Filters::default(),
        tags: Vec::new(),
    };
    take_later(version, &mut reader, &mut facts)?;
    reader.end()?;
    Ok(facts)
}

/// What the first layout did not know.
fn take_later(version: u8, reader: &mut Reader<'_>, facts: &mut MappingFacts) -> Decoded<()> {
    if version != VERSIONS[0] {
        let count = reader.u8()?;
        let texts: Decoded<Vec<_>> = (0..count).map(|_| reader.text()).collect();
        facts.filters = Filters::stored(texts?);
    }
    if version > VERSIONS[1] {
        let text = reader.optional_text()?;
        let qualifier = text.map(|text| text.parse::<Qualifier>()).transpose();
        facts.qualifier = qualifier.map_err(|error| error.to_string())?;
    }
    if version > VERSIONS[2] {
        let flags = reader.u8()?;
        let counts_events = if version > VERSIONS[7] { COUNTS_EVENTS } else { 0 };
        if flags & !(BISECTS | REPORTS | counts_events) != 0 {
            return Err(format!("flags {flags} are not known"));
        }
        facts.knobs.bisects = flags & BISECTS != 0;
        facts.knobs.reports = flags & REPORTS != 0;
        facts.knobs.counts_events = flags & COUNTS_EVENTS != 0;
        // To those that knew only streams, a stream was written as it is now.
        facts.on_failure = take_destination(reader)?;
    }
    if version > VERSIONS[3] {
        facts.knobs.tumbling_seconds = reader.u32()?;
    }
    if version > VERSIONS[4] {
        facts.knobs.park_after = reader.u32()?;
    }
    if version > VERSIONS[6] {
        facts.reads_as = take_optional_consumer(reader)?;
    }
    if version > VERSIONS[7] {
        facts.tags = reader.pairs()?;
    }
    Ok(())
}

fn take_optional_consumer(reader: &mut Reader<'_>) -> Decoded<Option<ConsumerRef>> {
    Ok(match reader.u8()? {
        0 => None,
        _ => Some(ConsumerRef {
            id: ConsumerId(reader.u64()?),
            name: reader.parsed()?,
            created: Seconds(reader.u64()?),
        }),
    })
}

fn take_optional_stream(reader: &mut Reader<'_>) -> Decoded<Option<StreamRef>> {
    match reader.u8()? {
        0 => Ok(None),
        _ => take_stream(reader).map(Some),
    }
}

fn take_stream(reader: &mut Reader<'_>) -> Decoded<StreamRef> {
    Ok(StreamRef { id: StreamId(reader.u64()?), name: reader.parsed()? })
}

fn take_start(reader: &mut Reader<'_>) -> Decoded<Start> {
    let (start, at) = (reader.u8()?, Millis(reader.u64()?));
    match start {
        0 => Ok(Start::TrimHorizon),
        1 => Ok(Start::Latest),
        2 => Ok(Start::AtTimestamp(at)),
        other => Err(format!("start {other} is not known")),
    }
}
