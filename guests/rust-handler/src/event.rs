//! As much of Lambda's event of a Kinesis stream as is of use here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// What a handler is called with for a batch of records.
#[derive(Deserialize)]
pub(crate) struct Event {
    #[serde(rename = "Records")]
    pub(crate) records: Vec<Record>,
}

#[derive(Deserialize)]
pub(crate) struct Record {
    pub(crate) kinesis: Kinesis,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Kinesis {
    pub(crate) sequence_number: String,
    /// The record's data, in base64.
    data: String,
}

/// What a record holds.
#[derive(Deserialize)]
pub(crate) struct Order {
    pub(crate) status: String,
    pub(crate) amount: f64,
}

impl Kinesis {
    /// The order that the record holds; otherwise why it is none.
    pub(crate) fn order(&self) -> Result<Order, String> {
        let data = STANDARD.decode(&self.data).map_err(|error| error.to_string())?;
        serde_json::from_slice(&data).map_err(|error| error.to_string())
    }
}
