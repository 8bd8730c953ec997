//! A queue as calls bring and are told it.

use domain::{QueueArn, QueueName, StreamArn, limits};
use serde::{Deserialize, Serialize};
use wire::Checks;
use wire::shape::{Int, Moment, Structure, Text};

use super::shapes::{Shown, whole_seconds};
use crate::error;
use crate::queues::{Queue, QueueAttributes, QueueStart};
use crate::{Error, Result, Streams};

/// What a queue is whenever it is seen: queues are made and deleted in one step.
pub(super) const ACTIVE: &str = "ACTIVE";

pub(super) const BUILT_IN: &str = "BUILT_IN";
const NONE: &str = "NONE";

/// `QueueAttributes` of an input.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttributesIn<'a> {
    visibility_timeout_seconds: Option<Int>,
    #[serde(borrow)]
    dead_letter_configuration: Option<Structure<DeadLettersIn<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeadLettersIn<'a> {
    #[serde(borrow)]
    target_type: Option<Text<'a>>,
    max_receive_count: Option<Int>,
}

impl AttributesIn<'_> {
    pub(super) fn check(&self, checks: &mut Checks) {
        let path = |member: &str| format!("queueAttributes.{member}");
        let seconds = self.visibility_timeout_seconds.map(|Int(seconds)| seconds);
        check_visibility(checks, path("visibilityTimeoutSeconds"), seconds);
        let Some(Structure(dead)) = &self.dead_letter_configuration else { return };
        let path = |member: &str| path(&format!("deadLetterConfiguration.{member}"));
        checks.required(path("targetType"), dead.target_type.as_ref());
        let target = dead.target_type.as_ref().map(Text::as_str);
        checks.choice(path("targetType"), target, &[BUILT_IN, NONE]);
        let count = dead.max_receive_count.map(|Int(count)| count);
        checks.number(path("maxReceiveCount"), count, 1, limits::QUEUE_RECEIVES_MAX.into());
    }

    /// Leaves as it is what is not given.
    pub(super) fn change(&self, attributes: QueueAttributes) -> Result<QueueAttributes> {
        let given = self.visibility_timeout_seconds.and_then(number);
        let visibility_seconds = given.unwrap_or(attributes.visibility_seconds);
        let dead_after = match &self.dead_letter_configuration {
            None => attributes.dead_after,
            Some(Structure(dead))
                if dead.target_type.as_ref().is_some_and(|it| it.as_str() == NONE) =>
            {
                None
            }
            Some(Structure(dead)) => {
                let count = dead.max_receive_count.and_then(number);
                Some(count.ok_or(Error::Queue(error::Queue::NoReceiveCount))?)
            }
        };
        Ok(QueueAttributes { visibility_seconds, dead_after })
    }
}

/// What a queue has if nobody says otherwise.
pub(super) const DEFAULT: QueueAttributes = QueueAttributes {
    visibility_seconds: limits::QUEUE_VISIBILITY_SECONDS_DEFAULT,
    dead_after: Some(limits::QUEUE_RECEIVES_DEFAULT),
};

/// A number that was checked.
pub(super) fn number(Int(number): Int) -> Option<u32> {
    u32::try_from(number).ok()
}

pub(super) fn check_visibility(
    checks: &mut Checks,
    path: impl std::fmt::Display,
    seconds: Option<i64>,
) {
    checks.number(path, seconds, 0, limits::QUEUE_VISIBILITY_SECONDS_MAX.into());
}

/// What CreateQueue, DescribeQueue and UpdateQueue tell.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    queue_description: Description,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    #[serde(rename = "QueueARN")]
    queue_arn: Shown<QueueArn>,
    queue_attributes: Attributes,
    queue_creation_timestamp: Moment,
    queue_name: Shown<QueueName>,
    queue_status: &'static str,
    stream_configuration_list: Vec<StreamConfiguration>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    dead_letter_configuration: DeadLetters,
    visibility_timeout_seconds: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeadLetters {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_receive_count: Option<u32>,
    target_type: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct StreamConfiguration {
    starting_position: StartingPosition,
    #[serde(rename = "StreamARN")]
    stream_arn: Shown<StreamArn>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct StartingPosition {
    timestamp: Moment,
    #[serde(rename = "Type")]
    kind: &'static str,
}

/// The queue as it is described.
pub(super) fn describe(streams: &Streams, queue: &Queue) -> Output {
    let kind = match queue.start {
        QueueStart::TrimHorizon => "TRIM_HORIZON",
        QueueStart::Latest => "LATEST",
        QueueStart::AtTimestamp(_) => "AT_TIMESTAMP",
    };
    // The stream of a queue is not deleted as long as the queue is there.
    let arn = streams.stream_by_id(queue.stream).map(|stream| stream.arn());
    let stream = |stream_arn| StreamConfiguration {
        starting_position: StartingPosition { timestamp: queue.start_at.into(), kind },
        stream_arn: Shown(stream_arn),
    };
    let QueueAttributes { visibility_seconds, dead_after } = queue.attributes;
    Output {
        queue_description: Description {
            queue_arn: Shown(queue.arn()),
            queue_attributes: Attributes {
                dead_letter_configuration: DeadLetters {
                    max_receive_count: dead_after,
                    target_type: if dead_after.is_some() { BUILT_IN } else { NONE },
                },
                visibility_timeout_seconds: visibility_seconds,
            },
            queue_creation_timestamp: whole_seconds(queue.created),
            queue_name: Shown(queue.name.clone()),
            queue_status: ACTIVE,
            stream_configuration_list: arn.map(stream).into_iter().collect(),
        },
    }
}
