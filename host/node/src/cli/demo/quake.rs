//! The events that go in and the alerts that come out, as far as they are compared (pure).

use serde::Deserialize;

use super::check::Read;
use crate::client::PutRecord;

/// How far two numbers may be apart that were one before they were written and read again.
const EPSILON: f64 = 1e-9;

/// An event of the input.
#[derive(Debug, Deserialize)]
pub(super) struct Quake {
    pub(super) id: String,
    #[serde(rename = "mag")]
    pub(super) magnitude: f64,
    pub(super) place: String,
    #[serde(rename = "net")]
    network: String,
    #[serde(rename = "time")]
    _time_ms: i64,
    coordinates: [f64; 3],
}

/// What the function makes of an event.
#[derive(Debug, Deserialize)]
pub(super) struct Alert {
    pub(super) id: String,
    magnitude: f64,
    place: String,
    region: String,
    network: String,
    longitude: f64,
    latitude: f64,
    pub(super) summary: String,
}

impl Quake {
    /// The event in a record.
    ///
    /// # Errors
    /// If it is none.
    pub(super) fn parse(record: &PutRecord) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(&record.data)
    }

    /// The country, state or sea: what follows the last comma of the place.
    fn region(&self) -> &str {
        let region = self.place.rsplit(", ").next().unwrap_or_default().trim();
        if region.is_empty() { &self.network } else { region }
    }

    /// What of an alert is not as it must be; nothing if all is well.
    pub(super) fn differs_from(&self, alert: &Alert, read: &Read) -> Option<&'static str> {
        let differ = |one: f64, other: f64| (one - other).abs() > EPSILON;
        let [longitude, latitude, _] = self.coordinates;
        if self.id != alert.id {
            Some("id")
        } else if differ(self.magnitude, alert.magnitude) {
            Some("magnitude")
        } else if self.place != alert.place || self.network != alert.network {
            Some("place or network")
        } else if differ(longitude, alert.longitude) || differ(latitude, alert.latitude) {
            Some("coordinates")
        } else if self.region() != alert.region || !self.region().starts_with(&read.key) {
            Some("region or partition key")
        } else {
            None
        }
    }
}

impl Alert {
    /// The alert in a record of the output.
    ///
    /// # Errors
    /// If it is none.
    pub(super) fn parse(data: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(data)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use bytes::Bytes;
    use serde_json::{Value, json};

    use super::*;

    /// An event of magnitude `magnitude` near Hualian, as a record.
    pub(in super::super) fn event(id: &str, net: &str, magnitude: f64) -> PutRecord {
        let event = json!({
            "id": id, "mag": magnitude, "place": "18km NNE of Hualian, Taiwan", "time": 1_517_363_399_650_i64,
            "net": net, "type": "earthquake", "coordinates": [121.6, 24.1, 17.0],
        });
        PutRecord::new(net, Bytes::from(event.to_string()))
    }

    /// What is made of it.
    pub(in super::super) fn alert(id: &str, net: &str, magnitude: f64) -> Value {
        json!({
            "id": id, "magnitude": magnitude, "place": "18km NNE of Hualian, Taiwan", "region": "Taiwan",
            "network": net, "longitude": 121.6, "latitude": 24.1, "depthKm": 17.0, "summary": "M",
        })
    }

    fn read(key: &str) -> Read {
        Read { sequence_number: String::new(), key: key.to_owned(), data: vec![], arrival_ms: 0 }
    }

    #[test]
    fn an_alert_tells_what_the_event_told() {
        let quake = Quake::parse(&event("x", "us", 6.4)).unwrap();
        let differs = |member: &str, value: Value, key: &str| {
            let mut alert = alert("x", "us", 6.4);
            alert[member] = value;
            let alert = Alert::parse(alert.to_string().as_bytes()).unwrap();
            quake.differs_from(&alert, &read(key))
        };
        assert_eq!(differs("summary", json!("any"), "Taiwan"), None);
        assert_eq!(differs("summary", json!("any"), "Japan"), Some("region or partition key"));
        assert_eq!(differs("id", json!("y"), "Taiwan"), Some("id"));
        assert_eq!(differs("magnitude", json!(6.5), "Taiwan"), Some("magnitude"));
        assert_eq!(differs("place", json!("here"), "Taiwan"), Some("place or network"));
        assert_eq!(differs("longitude", json!(0.5), "Taiwan"), Some("coordinates"));
        assert_eq!(differs("region", json!("Japan"), "Taiwan"), Some("region or partition key"));
    }

    #[test]
    fn regions_end_the_place() {
        let region = |place: &str| {
            let mut quake = Quake::parse(&event("x", "us", 1.0)).unwrap();
            place.clone_into(&mut quake.place);
            quake.region().to_owned()
        };
        assert_eq!(region("1km W of X, Y, CA"), "CA");
        assert_eq!(region("Banda Sea"), "Banda Sea");
        assert_eq!(region(""), "us");
    }
}
