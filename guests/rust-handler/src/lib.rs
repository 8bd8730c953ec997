//! Orders that were paid: a handler, as one would be written for AWS Lambda, on a stream whose records are orders,
//! `{"order": "a-1", "status": "paid", "amount": 12.5}`.
//!
//! It counts and sums up the orders that were paid and have at least `MIN_AMOUNT`, and answers with a summary. A
//! record that is no order is named in `batchItemFailures`, so that a mapping with `ReportBatchItemFailures` goes on
//! from it; with `STRICT=true` the call fails in its place.

mod event;
mod summary;

use shardmill_guest::handler::{Context, Failure};
use shardmill_guest::{config, handler, log};

use event::{Event, Order};
use summary::Summary;

/// What the function's environment says.
struct Settings {
    min_amount: f64,
    is_strict: bool,
}

handler!(handle);

fn handle(event: Vec<u8>, context: Context) -> Result<Vec<u8>, Failure> {
    let settings = Settings::read()?;
    let event: Event = serde_json::from_slice(&event)?;
    let mut summary = Summary::default();
    for record in &event.records {
        let sequence = &record.kinesis.sequence_number;
        match record.kinesis.order() {
            Ok(order) if settings.want(&order) => summary.add(&order),
            Ok(_) => summary.others += 1,
            Err(why) if settings.is_strict => {
                return Err(Failure::new(
                    "Orders.Malformed",
                    format_args!("record {sequence}: {why}"),
                ));
            }
            Err(why) => {
                log::warn!("record {sequence}: {why}");
                summary.fail(sequence);
            }
        }
    }
    let left = context.remaining().as_millis();
    log::info!("{} orders were paid, {} in all; {left} ms are left", summary.paid, summary.total);
    Ok(serde_json::to_vec(&summary)?)
}

impl Settings {
    fn read() -> Result<Self, Failure> {
        let invalid = |failure| match failure {
            shardmill_guest::Failure::Failed(why) => Failure::new("Orders.Settings", why),
            other => Failure::new("Orders.Settings", format_args!("{other:?}")),
        };
        Ok(Self {
            min_amount: config::parse("MIN_AMOUNT", 0.0).map_err(invalid)?,
            is_strict: config::parse("STRICT", false).map_err(invalid)?,
        })
    }

    fn want(&self, order: &Order) -> bool {
        order.status == "paid" && order.amount >= self.min_amount
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value, json};
    use shardmill_guest::testing;

    use super::*;

    fn call(payloads: &[&str], variables: &[(&str, &str)]) -> Result<Value, Failure> {
        let record = |(number, data): (usize, &&str)| {
            let (number, data) = (number.to_string(), STANDARD.encode(data));
            json!({"eventSource": "aws:kinesis", "kinesis": {"sequenceNumber": number, "data": data}})
        };
        let records: Vec<Value> = payloads.iter().enumerate().map(record).collect();
        let event = json!({"Records": records}).to_string().into_bytes();
        let answer = testing::with_environment(variables.iter().copied(), || {
            handle(event, Context::default())
        })?;
        Ok(serde_json::from_slice(&answer).expect("the answer is JSON"))
    }

    const PAID: &str = r#"{"order": "a-1", "status": "paid", "amount": 12.5}"#;
    const SMALL: &str = r#"{"order": "a-2", "status": "paid", "amount": 0.5}"#;
    const OPEN: &str = r#"{"order": "a-3", "status": "open", "amount": 99}"#;

    #[test]
    fn orders_that_were_paid_are_summed_up() {
        let expected = json!({"paid": 2, "total": 13.0, "others": 1, "batchItemFailures": []});
        assert_eq!(call(&[PAID, OPEN, SMALL], &[]), Ok(expected));
        let expected = json!({"paid": 1, "total": 12.5, "others": 2, "batchItemFailures": []});
        assert_eq!(call(&[PAID, OPEN, SMALL], &[("MIN_AMOUNT", "1")]), Ok(expected));
        assert_eq!(call(&[], &[]).expect("nothing is all right")["paid"], 0);
    }

    #[test]
    fn what_is_no_order_is_named_or_fails_the_call() {
        let answer = call(&[PAID, "no order", OPEN], &[]).expect("one record failed");
        assert_eq!(answer["batchItemFailures"], json!([{"itemIdentifier": "1"}]));
        let failure = call(&[PAID, "no order"], &[("STRICT", "true")]).expect_err("it is strict");
        assert_eq!(failure.error_type, "Orders.Malformed");
        assert!(failure.message.starts_with("record 1: "), "{failure:?}");
        let failure = call(&[], &[("STRICT", "often")]).expect_err("that is no setting");
        assert_eq!(failure.error_type, "Orders.Settings");
    }

    #[test]
    fn what_is_no_event_of_a_stream_is_refused() {
        let failure = handle(b"{}".to_vec(), Context::default()).expect_err("no records");
        assert!(failure.message.contains("Records"), "{failure:?}");
    }
}
