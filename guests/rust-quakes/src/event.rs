//! An event as the survey publishes it, as far as it is of interest.

use std::borrow::Cow;

use serde::Deserialize;

/// A seismic event. Fields that are not named here are skipped.
#[derive(Debug, Deserialize)]
pub(crate) struct Event<'a> {
    #[serde(borrow)]
    pub(crate) id: Cow<'a, str>,
    #[serde(rename = "mag")]
    pub(crate) magnitude: f64,
    #[serde(rename = "magType", borrow, default)]
    pub(crate) magnitude_type: Option<Cow<'a, str>>,
    /// Where it was, for people: `50km NNW of Sangiang, Indonesia`.
    #[serde(borrow)]
    pub(crate) place: Cow<'a, str>,
    /// Milliseconds since the Unix epoch; negative before.
    #[serde(rename = "time")]
    pub(crate) time_ms: i64,
    /// The seismic network that reports it.
    #[serde(rename = "net", borrow)]
    pub(crate) network: Cow<'a, str>,
    #[serde(default)]
    pub(crate) tsunami: u8,
    /// `earthquake`, `explosion`, `quarry blast`.
    #[serde(rename = "type", borrow, default)]
    pub(crate) kind: Option<Cow<'a, str>>,
    /// Degrees east, degrees north, kilometres down.
    pub(crate) coordinates: [f64; 3],
}

impl<'a> Event<'a> {
    /// The event in a line of JSON.
    ///
    /// # Errors
    /// If it is none.
    pub(crate) fn parse(line: &'a [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(line)
    }

    /// The country, state or sea: what follows the last comma of the place.
    pub(crate) fn region(&self) -> &str {
        let region = self.place.rsplit(',').next().unwrap_or_default().trim();
        if region.is_empty() { &self.network } else { region }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str = r#""mag":1,"time":5,"net":"us","coordinates":[1,2,3]"#;

    fn region(place: &str) -> String {
        let line = format!(r#"{{"id":"x","place":"{place}",{REST}}}"#);
        Event::parse(line.as_bytes()).expect("it is well formed").region().to_owned()
    }

    #[test]
    fn the_region_ends_the_place() {
        assert_eq!(region("50km NNW of Sangiang, Indonesia"), "Indonesia");
        assert_eq!(region("1km W of X, Y, CA"), "CA");
        assert_eq!(region("Banda Sea"), "Banda Sea");
        assert_eq!(region("a \\u00fc, \\u00fcb"), "üb");
        assert_eq!(region("nowhere, "), "us");
        assert_eq!(region(""), "us");
    }

    #[test]
    fn what_is_no_event_says_why() {
        let message =
            |line: &str| Event::parse(line.as_bytes()).expect_err("it is malformed").to_string();
        assert!(message("").starts_with("EOF"));
        assert!(message("{}").starts_with("missing field `id`"));
        let line = r#"{"id":"x","mag":null,"place":"p","time":1,"net":"n","coordinates":[1,2,3]}"#;
        assert!(message(line).starts_with("invalid type: null, expected f64"));
        let line = r#"{"id":"x","mag":1,"place":"p","time":1,"net":"n","coordinates":[1,2]}"#;
        assert!(message(line).starts_with("invalid length 2"));
    }
}
