//! What is measured of queues.

use metering::cloud::{Datum, Statistics, Unit};
use serde_json::json;

use super::place::Place;

fn of(data: &[Datum], name: &str) -> Option<Statistics> {
    data.iter().find(|datum| datum.name == name).map(|datum| datum.statistics)
}

#[tokio::test(start_paused = true)]
async fn queues_are_measured_as_long_as_something_is_in_them() {
    let place = Place::with_queue(json!({})).await;
    assert_eq!(place.service.queue_metrics_of_minute().await, []);
    place.put_many(5).await;
    // Nobody has received anything: what waits is told all the same.
    let data = place.service.queue_metrics_of_minute().await;
    assert_eq!(of(&data, "VisibleQueueRecords"), Some(Statistics::of(5.0)));
    assert_eq!(of(&data, "ReceivedQueueRecords"), None);
    let datum = &data[0];
    assert_eq!((datum.namespace, datum.unit), ("AWS/Kinesis", Unit::COUNT));
    let id = place.queue.rsplit_once('/').unwrap().1.to_owned();
    assert_eq!(datum.dimensions, [("QueueId", id), ("QueueName", "q".to_owned())]);

    let received = place.receive(json!({"Limit": 2})).await;
    place.acknowledge(&received[..1]).await;
    let rest = place.receive(json!({})).await;
    place.receive(json!({})).await;
    let data = place.service.queue_metrics_of_minute().await;
    let statistics = |count, sum, min, max| Some(Statistics { count, sum, min, max });
    for (name, expected) in [
        ("ReceivedQueueRecords", statistics(3.0, 5.0, 0.0, 3.0)),
        ("AcknowledgedQueueRecords", statistics(1.0, 1.0, 1.0, 1.0)),
        ("EmptyReceives", statistics(3.0, 1.0, 0.0, 1.0)),
        ("VisibleQueueRecords", statistics(1.0, 0.0, 0.0, 0.0)),
        ("VisibleDeadLetterQueueRecords", statistics(1.0, 0.0, 0.0, 0.0)),
        ("InFlightQueueRecords", statistics(1.0, 4.0, 4.0, 4.0)),
    ] {
        assert_eq!(of(&data, name), expected, "{name}");
    }

    place.acknowledge(&received[1..]).await;
    place.acknowledge(&rest).await;
    let data = place.service.queue_metrics_of_minute().await;
    assert_eq!(of(&data, "AcknowledgedQueueRecords"), statistics(2.0, 4.0, 1.0, 3.0));
    assert_eq!(of(&data, "InFlightQueueRecords"), Some(Statistics::of(0.0)));
    // That it is empty is told once more, and then no longer.
    let data = place.service.queue_metrics_of_minute().await;
    assert_eq!((data.len(), of(&data, "VisibleQueueRecords")), (3, Some(Statistics::of(0.0))));
    let data = place.service.queue_metrics_of_minute().await;
    assert_eq!(data, [], "a minute without anything");
}
