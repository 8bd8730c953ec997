//! What is known of a partition key: stored as state, and emitted with the key.

use serde::{Deserialize, Serialize};

/// What is known of a partition key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// How many records there were.
    pub(crate) count: u64,
    /// The largest magnitude of those that told one.
    pub(crate) largest: Option<f64>,
}

/// What goes out.
#[derive(Serialize)]
pub(crate) struct Told<'a> {
    key: &'a str,
    count: u64,
    largest: Option<f64>,
    /// Whether nothing came for a while.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    quiet: bool,
}

/// What is of interest of a record, if it is JSON.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "mag", default)]
    magnitude: Option<f64>,
}

impl Summary {
    /// Counts a record.
    pub(crate) fn count(&mut self, data: &[u8]) {
        self.count += 1;
        let event = serde_json::from_slice::<Event>(data).ok();
        if let Some(magnitude) = event.and_then(|event| event.magnitude) {
            let largest = self.largest.map_or(magnitude, |largest| largest.max(magnitude));
            self.largest = Some(largest);
        }
    }

    /// As it goes out.
    pub(crate) fn told(self, key: &str, quiet: bool) -> Told<'_> {
        Told { key, count: self.count, largest: self.largest, quiet }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_all_and_measures_what_can_be() {
        let mut summary = Summary::default();
        for data in
            [&br#"{"id":"x","mag":1.5}"#[..], b"no JSON", br#"{"mag":null}"#, br#"{"mag":0.5}"#]
        {
            summary.count(data);
        }
        assert_eq!(summary, Summary { count: 4, largest: Some(1.5) });
        let told = serde_json::to_string(&summary.told("us", false)).expect("it can be told");
        assert_eq!(told, r#"{"key":"us","count":4,"largest":1.5}"#);
    }
}
