//! What goes out for an event.

use serde::Serialize;

use super::event::Event;
use super::time::Timestamp;

/// The longest partition key, in characters.
const KEY_CHARS_MAX: usize = 256;

/// An event for its readers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Alert<'a> {
    id: &'a str,
    time: String,
    kind: &'a str,
    magnitude: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    magnitude_type: Option<&'a str>,
    energy_joules: f64,
    place: &'a str,
    region: &'a str,
    network: &'a str,
    longitude: f64,
    latitude: f64,
    depth_km: f64,
    depth: &'static str,
    tsunami: bool,
    pub(crate) summary: String,
}

impl<'a> Alert<'a> {
    /// What is to be told of `event`.
    pub(crate) fn of(event: &'a Event<'_>) -> Self {
        let [longitude, latitude, depth_km] = event.coordinates;
        let time = Timestamp::of(event.time_ms);
        let kind = event.kind.as_deref().unwrap_or("earthquake");
        let depth = depth_class(depth_km);
        let Event { magnitude, place, .. } = event;
        Self {
            id: &event.id,
            kind,
            magnitude: *magnitude,
            magnitude_type: event.magnitude_type.as_deref(),
            energy_joules: energy_joules(*magnitude),
            place,
            region: event.region(),
            network: &event.network,
            longitude,
            latitude,
            depth_km,
            depth,
            tsunami: event.tsunami != 0,
            summary: format!(
                "M {magnitude:.1}, {place}: {depth} {kind}, {depth_km:.0} km down, {}",
                time.to_minute()
            ),
            time: time.to_string(),
        }
    }

    /// The partition key: its region, as long as a key may be.
    pub(crate) fn key(&self) -> &'a str {
        let end = self.region.char_indices().nth(KEY_CHARS_MAX).map(|(at, _)| at);
        &self.region[..end.unwrap_or(self.region.len())]
    }

    pub(crate) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("its keys are text, and a vector takes everything")
    }
}

/// The energy that was radiated, by Gutenberg and Richter: log10 E = 4.8 + 1.5 M, to three digits.
fn energy_joules(magnitude: f64) -> f64 {
    let exponent = 4.8 + 1.5 * magnitude;
    let scale = exponent.floor();
    // What is left after the scale lies between 1 and 10, where rounding means the same on every system.
    let digits = (10_f64.powf(exponent - scale) * 100.0).round() / 100.0;
    // Only what is beyond all numbers cannot be written so.
    format!("{digits}e{scale}").parse().unwrap_or_else(|_| 10_f64.powf(exponent))
}

/// The three classes of the survey.
fn depth_class(depth_km: f64) -> &'static str {
    if depth_km < 70.0 {
        "shallow"
    } else if depth_km < 300.0 {
        "intermediate"
    } else {
        "deep"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_grows_a_thousandfold_in_two_steps() {
        assert_eq!(energy_joules(0.0), 6.31e4);
        assert_eq!(energy_joules(2.0), 6.31e7);
        assert_eq!(energy_joules(6.4), 2.51e14);
        assert_eq!(energy_joules(-1.0), 2.0e3);
        assert_eq!(energy_joules(f64::MAX), f64::INFINITY);
        assert_eq!(energy_joules(f64::MIN), 0.0);
    }

    #[test]
    fn depths_have_classes() {
        let classes = [-2.0, 69.9, 70.0, 299.0, 300.0, 700.0].map(depth_class);
        assert_eq!(classes, ["shallow", "shallow", "intermediate", "intermediate", "deep", "deep"]);
    }

    #[test]
    fn a_key_is_never_longer_than_it_may_be() {
        let place = "ü".repeat(300);
        let line = format!(
            r#"{{"id":"x","mag":3,"place":"{place}","time":0,"net":"us","coordinates":[1,2,3]}}"#
        );
        let event = Event::parse(line.as_bytes()).expect("it is well formed");
        assert_eq!(Alert::of(&event).key(), "ü".repeat(256));
    }

    #[test]
    fn an_alert_tells_everything() {
        let line = r#"{"id":"us2000crkq","mag":5.3,"place":"50km NNW of Sangiang, Indonesia","time":1517364031800,"net":"us","tsunami":0,"magType":"mb","type":"earthquake","coordinates":[118.7906,-7.8628,15.18]}"#;
        let event = Event::parse(line.as_bytes()).expect("it is well formed");
        let json = Alert::of(&event).to_json();
        let expected = r#"{"id":"us2000crkq","time":"2018-01-31T02:00:31.800Z","kind":"earthquake","magnitude":5.3,"magnitudeType":"mb","energyJoules":5620000000000.0,"place":"50km NNW of Sangiang, Indonesia","region":"Indonesia","network":"us","longitude":118.7906,"latitude":-7.8628,"depthKm":15.18,"depth":"shallow","tsunami":false,"summary":"M 5.3, 50km NNW of Sangiang, Indonesia: shallow earthquake, 15 km down, 2018-01-31 02:00 UTC"}"#;
        assert_eq!(String::from_utf8(json).as_deref(), Ok(expected));
    }
}
