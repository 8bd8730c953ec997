//! What was added to streams later: sections, each of which is there only if it says something.
//!
//! How many they are in a byte; then for each its tag in a byte, its length in four, its bytes.

use bytes::BufMut;
use storage::codec::{Decoded, Reader};
use storage::frame::Codec;

use crate::stream::{Monitored, Protection, Scaling, Spread, StreamFacts};

const SCALING: u8 = 1;
const PROTECTION: u8 = 2;
const MONITORED: u8 = 3;
const SPREAD: u8 = 4;
const POLICY: u8 = 5;
const CODEC: u8 = 6;

pub(super) fn put(value: &mut Vec<u8>, facts: &StreamFacts) {
    let spread = match facts.spread {
        Spread::PartitionKey => Vec::new(),
        Spread::Auto => vec![1],
    };
    let codec = match facts.codec {
        Codec::None => Vec::new(),
        Codec::Lz4 => vec![1],
    };
    let mut sections = vec![
        (SCALING, facts.scaling.encode()),
        (PROTECTION, facts.protection.encode()),
        (MONITORED, facts.monitored.encode()),
        (SPREAD, spread),
        (POLICY, facts.policy.as_deref().unwrap_or_default().into()),
        (CODEC, codec),
    ];
    sections.retain(|(_, bytes)| !bytes.is_empty());
    value.put_u8(u8::try_from(sections.len()).expect("there are few kinds"));
    for (tag, bytes) in sections {
        value.put_u8(tag);
        value.put_u32_le(u32::try_from(bytes.len()).expect("a fact is far smaller"));
        value.put_slice(&bytes);
    }
}

/// Reads the sections into `facts`.
pub(super) fn take(reader: &mut Reader<'_>, facts: &mut StreamFacts) -> Decoded<()> {
    for _ in 0..reader.u8()? {
        let (tag, length) = (reader.u8()?, reader.u32()?);
        let bytes = reader.bytes(length)?;
        match tag {
            SCALING => facts.scaling = Scaling::decode(bytes)?,
            PROTECTION => facts.protection = Protection::decode(bytes)?,
            MONITORED => facts.monitored = Monitored::decode(bytes)?,
            SPREAD if bytes == [1] => facts.spread = Spread::Auto,
            POLICY => {
                let text = String::from_utf8(bytes.to_vec());
                facts.policy = Some(text.map_err(|error| error.to_string())?);
            }
            CODEC if bytes == [1] => facts.codec = Codec::Lz4,
            other => return Err(format!("section {other} of a stream is not known")),
        }
    }
    Ok(())
}
