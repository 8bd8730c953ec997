//! Earthquakes worth knowing: a function on a stream of the U.S. Geological Survey's events, one JSON object
//! a record, as in `examples/earthquakes`.
//!
//! Events below `MIN_MAGNITUDE` (2.5 if not set) are left out. The others go out under their region as
//! partition key, smaller and with what a reader wants to know: the time as text, the energy in joules, the
//! class of the depth, one line of summary. Records that are no such event are left out, too, with the
//! reason in the log; with `STRICT=true` they have failed.

mod alert;
mod event;
mod time;

use shardmill_guest::{Batch, Failure, Record, Reply, config, log, transform};

use alert::Alert;
use event::Event;

/// From here on people far away feel it; it is worth a line in the log.
const NOTABLE_MAGNITUDE: f64 = 6.0;

/// What the function's environment says.
struct Settings {
    min_magnitude: f64,
    is_strict: bool,
}

transform!(handle);

fn handle(batch: Batch) -> Result<Reply, Failure> {
    let settings = Settings::read()?;
    let mut reply = Reply::new();
    for record in &batch {
        one(record, &settings, &mut reply);
    }
    let (read, kept) = (batch.records.len(), reply.emits.len());
    log::debug!("{kept} of {read} events have magnitude {} or more", settings.min_magnitude);
    Ok(reply)
}

impl Settings {
    fn read() -> Result<Self, Failure> {
        let min_magnitude: f64 = config::parse("MIN_MAGNITUDE", 2.5)?;
        if min_magnitude.is_nan() {
            return Err(Failure::new("variable MIN_MAGNITUDE is not a number"));
        }
        Ok(Self { min_magnitude, is_strict: config::parse("STRICT", false)? })
    }
}

fn one(record: &Record, settings: &Settings, reply: &mut Reply) {
    let event = match Event::parse(&record.data) {
        Ok(event) => event,
        Err(error) => {
            log::warn!("record {}: {error}", record.sequence);
            return if settings.is_strict {
                reply.fail(record, error);
            } else {
                reply.drop_with(record, error);
            };
        }
    };
    if event.magnitude < settings.min_magnitude {
        return reply.drop_with(record, "magnitude below the minimum");
    }
    let alert = Alert::of(&event);
    if event.magnitude >= NOTABLE_MAGNITUDE {
        log::info!("{}", alert.summary);
    }
    reply.emit(record, alert.to_json()).key(alert.key());
}

#[cfg(test)]
mod tests {
    use shardmill_guest::{Disposition, testing};

    use super::*;

    const LINE: &str = r#"{"id":"us1","mag":6.4,"place":"18km NNE of Hualian, Taiwan","time":0,"net":"us","magType":"mww","tsunami":1,"type":"earthquake","coordinates":[121.6,24.1,17],"felt":null}"#;

    fn with(environment: &[(&'static str, &'static str)], line: &str) -> Result<Reply, Failure> {
        let batch = testing::batch([("us", line)]);
        testing::with_environment(environment.iter().copied(), || handle(batch))
    }

    #[test]
    fn a_large_event_goes_out_under_its_region() {
        let (reply, log) = testing::logged(|| with(&[], LINE).expect("it is well formed"));
        assert_eq!(reply.emits[0].partition_key, "Taiwan");
        assert!(reply.outcomes.is_empty());
        assert_eq!(log[0].0, log::Level::Info);
        assert!(log[0].1.contains("M 6.4, 18km NNE of Hualian, Taiwan"), "{log:?}");
    }

    #[test]
    fn a_small_event_is_left_out() {
        let reply = with(&[("MIN_MAGNITUDE", "6.5")], LINE).expect("it is well formed");
        let expected = Disposition::Dropped("magnitude below the minimum".to_owned());
        assert!(reply.emits.is_empty());
        assert_eq!(reply.outcomes[0].disposition, expected);
    }

    #[test]
    fn what_is_no_event_is_left_out_or_has_failed() {
        let reply = with(&[], "{").expect("others are not harmed");
        assert!(matches!(reply.outcomes[0].disposition, Disposition::Dropped(_)));
        let reply = with(&[("STRICT", "true")], "{").expect("others are not harmed");
        assert!(matches!(reply.outcomes[0].disposition, Disposition::Failed(_)));
    }

    #[test]
    fn a_wrong_setting_fails_the_batch() {
        for setting in [("MIN_MAGNITUDE", "much"), ("MIN_MAGNITUDE", "NaN"), ("STRICT", "si")] {
            assert!(with(&[setting], LINE).is_err(), "{setting:?}");
        }
    }
}
