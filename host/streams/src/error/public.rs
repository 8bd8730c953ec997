//! What a caller is told.

use domain::Millis;
use wire::shape::Moment;
use wire::{ApiError, Checks, Fault};

use super::{Error, Unfit, keys};

impl ApiError for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "ResourceNotFoundException",
            Self::Taken(_) | Self::NotActive { .. } => "ResourceInUseException",
            Self::Invalid(_) => "InvalidArgumentException",
            Self::Unfit(_) => "ValidationException",
            Self::Quota(_) => "LimitExceededException",
            Self::Throttled(_) => "ProvisionedThroughputExceededException",
            Self::Queue(queue) => queue.code(),
            Self::Fanout(fanout) => fanout.code(),
            Self::ExpiredIterator { .. } => "ExpiredIteratorException",
            Self::Key(error) => keys::code(error),
            Self::ExpiredNextToken => "ExpiredNextTokenException",
            Self::DryRun => "DryRunOperationException",
            Self::Unavailable(_) => "ServiceUnavailable",
            Self::Store(_) | Self::DamagedCatalog(_) => "InternalFailure",
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::NotFound(_)
            | Self::Taken(_)
            | Self::NotActive { .. }
            | Self::Invalid(_)
            | Self::Unfit(_)
            | Self::ExpiredIterator { .. }
            | Self::ExpiredNextToken
            | Self::DryRun => Fault::Caller,
            Self::Key(error) => error.fault(),
            Self::Queue(queue) => queue.fault(),
            Self::Fanout(fanout) => fanout.fault(),
            Self::Quota(_) | Self::Throttled(_) => Fault::Throttle,
            Self::Unavailable(_) | Self::Store(_) | Self::DamagedCatalog(_) => Fault::Server,
        }
    }

    fn public_message(&self) -> Option<String> {
        Some(match self {
            Self::NotFound(missing) => missing.to_string(),
            Self::Taken(stream) => format!("Stream {stream} already exists."),
            Self::NotActive { stream, status } => {
                let status = status.as_str();
                format!("Stream {stream} not ACTIVE, instead in state {status}")
            }
            Self::Invalid(invalid) => invalid.to_string(),
            Self::Unfit(unfit) => unfit_message(unfit),
            Self::Quota(quota) => quota.to_string(),
            Self::Throttled(throttled) => throttled.to_string(),
            Self::Queue(queue) => queue.to_string(),
            Self::Fanout(fanout) => fanout.to_string(),
            Self::ExpiredIterator { issued, now } => expired_message(*issued, *now),
            Self::Key(error) => return error.public_message(),
            Self::ExpiredNextToken => "NextToken has expired.".to_owned(),
            // No text of AWS was ever seen; this is how its other services say it.
            Self::DryRun => "Request would have succeeded, but DryRun flag is set.".to_owned(),
            Self::Unavailable(error) if error.kind() == storage::Kind::Full => {
                "The disk of this server is nearly full: nothing new is taken until there is room."
                    .to_owned()
            }
            Self::Unavailable(_) => "The service is temporarily unavailable.".to_owned(),
            Self::Store(_) | Self::DamagedCatalog(_) => return None,
        })
    }
}

/// The sentence of the model's own constraint, with the stream's bound.
fn unfit_message(unfit: &Unfit) -> String {
    match unfit {
        Unfit::Data { index, bytes, max } => {
            let mut checks = Checks::default();
            match index {
                None => checks.blob("data", *bytes, *max),
                Some(index) => {
                    let path = format_args!("records.{}.member.data", index + 1);
                    checks.blob(path, *bytes, *max);
                }
            }
            sentence(checks)
        }
        Unfit::NoKeys { places } => {
            let mut checks = Checks::default();
            for place in places {
                match place {
                    None => checks.required::<()>("partitionKey", None),
                    Some(index) => {
                        let path = format_args!("records.{}.member.partitionKey", index + 1);
                        checks.required::<()>(path, None);
                    }
                }
            }
            sentence(checks)
        }
        Unfit::OnDemandOnly(_) | Unfit::ProvisionedOnly(_) | Unfit::NoCommitment => {
            unfit.to_string()
        }
    }
}

fn sentence(checks: Checks) -> String {
    let failure = checks.finish().err();
    failure.and_then(|it| it.message).unwrap_or_default()
}

fn expired_message(issued: Millis, now: Millis) -> String {
    let life = domain::limits::TOKEN_LIFE_MS;
    let (issued, now) = (java_date(issued), java_date(now));
    format!(
        "Iterator expired. The iterator was created at time {issued} while right now it is {now} \
         which is further in the future than the tolerated delay of {life} milliseconds."
    )
}

/// As Java's `Date` prints itself: `Thu Jan 22 01:22:02 UTC 2015`.
fn java_date(at: Millis) -> String {
    Moment::from(at).timestamp().strftime("%a %b %d %H:%M:%S UTC %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_in_java() {
        assert_eq!(java_date(Millis(1_421_889_722_000)), "Thu Jan 22 01:22:02 UTC 2015");
    }

    #[test]
    fn an_error_stays_small() {
        assert!(size_of::<Error>() <= 128, "{}", size_of::<Error>());
    }
}
