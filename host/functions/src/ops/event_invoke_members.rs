//! What PutFunctionEventInvokeConfig and UpdateFunctionEventInvokeConfig share, and the configuration as operations tell
//! it.

use domain::{QualifiedArn, limits};
use serde::{Deserialize, Serialize};
use wire::rest::{FromRequest, Request};
use wire::shape::{Int, Moment, Structure, Text};
use wire::{Caller, Check, Checks, Failure, Resource};

use super::mapping_members::{elsewhere, place_asked, stream_asked, stream_ref};
use super::rules;
use super::target::Target;
use crate::delivery;
use crate::destination::Destination;
use crate::error::Invalid;
use crate::events::{EventConfig, shown};
use crate::{Functions, Result};

#[derive(Debug)]
pub(super) struct Input<'a> {
    function_name: Option<Text<'a>>,
    qualifier: Option<Text<'a>>,
    body: Body<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    maximum_retry_attempts: Option<Int>,
    maximum_event_age_in_seconds: Option<Int>,
    #[serde(borrow)]
    destination_config: Option<Structure<Destinations<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Destinations<'a> {
    #[serde(borrow)]
    on_success: Option<Structure<Named<'a>>>,
    #[serde(borrow)]
    on_failure: Option<Structure<Named<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named<'a> {
    #[serde(borrow)]
    destination: Option<Text<'a>>,
}

impl Named<'_> {
    fn text(named: Option<&Structure<Self>>) -> Option<&str> {
        named?.0.destination.as_ref().map(Text::as_str).filter(|text| !text.is_empty())
    }
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self {
            function_name: request.label("FunctionName"),
            qualifier: request.query("Qualifier"),
            body: request.json()?,
        })
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target().check(checks, rules::FUNCTION);
        let number = |it: Option<Int>| it.map(|Int(number)| number);
        let (retries, age) =
            (self.body.maximum_retry_attempts, self.body.maximum_event_age_in_seconds);
        let retries_max = limits::EVENT_RETRIES_MAX.into();
        checks.number("maximumRetryAttempts", number(retries), 0, retries_max);
        let (least, most) =
            (limits::EVENT_AGE_SECONDS_MIN.into(), limits::EVENT_AGE_SECONDS_MAX.into());
        checks.number("maximumEventAgeInSeconds", number(age), least, most);
        let [success, failure] = self.destinations();
        let rule = rules::DESTINATION;
        checks.text("destinationConfig.onSuccess.destination", success, rule);
        checks.text("destinationConfig.onFailure.destination", failure, rule);
    }
}

impl Input<'_> {
    pub(super) fn target(&self) -> Target<'_> {
        Target::qualified(&self.function_name, &self.qualifier)
    }

    /// Where is to be told of success and of failure.
    fn destinations(&self) -> [Option<&str>; 2] {
        let Some(Structure(config)) = &self.body.destination_config else { return [None; 2] };
        [Named::text(config.on_success.as_ref()), Named::text(config.on_failure.as_ref())]
    }

    /// What the policy is asked: about the function, and about each destination, which its owner must be allowed to use.
    pub(super) fn resources(
        &self,
        functions: &Functions,
        caller: &Caller,
        action: &'static str,
    ) -> Vec<Resource> {
        let mut asked = vec![self.target().resource(functions, caller, action)];
        for text in self.destinations().into_iter().flatten() {
            let stream = stream_asked(functions, caller, "kinesis:PutRecords", text);
            asked.extend(match stream.or_else(|| place_asked(caller, text)) {
                Some(place) => Some(place),
                None => Target::of(text)
                    .own(caller)
                    .ok()
                    .map(|_| Target::of(text).resource(functions, caller, "lambda:InvokeFunction")),
            });
        }
        asked
    }

    /// Puts what is given into a configuration.
    ///
    /// # Errors
    /// If nothing is given, or a destination is none.
    pub(super) fn put(
        &self,
        functions: &Functions,
        caller: &Caller,
        mut config: EventConfig,
    ) -> Result<EventConfig> {
        let Body { maximum_retry_attempts, maximum_event_age_in_seconds, destination_config } =
            &self.body;
        let number = |it: &Option<Int>| it.and_then(|Int(number)| u32::try_from(number).ok());
        let (retries, age) = (number(maximum_retry_attempts), number(maximum_event_age_in_seconds));
        if retries.is_none() && age.is_none() && destination_config.is_none() {
            return Err(Invalid::NoEventConfig.into());
        }
        config.retries = retries.or(config.retries);
        config.age_seconds = age.or(config.age_seconds);
        if destination_config.is_some() {
            // A configuration replaces the one before as a whole.
            let [success, failure] = self.destinations();
            config.on_success = self.destination(functions, caller, success)?;
            config.on_failure = self.destination(functions, caller, failure)?;
            self.check_role(functions, caller, &config)?;
        }
        Ok(config)
    }

    /// Whether the function's role allows what its destinations take. It is asked again at each sending.
    fn check_role(
        &self,
        functions: &Functions,
        caller: &Caller,
        config: &EventConfig,
    ) -> Result<()> {
        let function = functions.find(&self.target().named(caller)?)?;
        let prefix = delivery::event_prefix(&function.facts.name);
        for destination in config.on_success.iter().chain(&config.on_failure) {
            let allowed = functions.may_tell(&function.facts, destination, &prefix);
            allowed.map_err(Invalid::DestinationRole)?;
        }
        Ok(())
    }

    fn destination(
        &self,
        functions: &Functions,
        caller: &Caller,
        text: Option<&str>,
    ) -> Result<Option<Destination>> {
        let Some(text) = text else { return Ok(None) };
        if let Some(stream) = stream_ref(functions, caller, text) {
            return Ok(Some(Destination::Stream(stream)));
        }
        if let Some(place) = elsewhere(text)? {
            return Ok(Some(place));
        }
        let wrong = || Invalid::EventDestination(text.to_owned());
        // A bare name would be one here as well, but is none on AWS.
        let arn = Some(Target::of(text)).filter(|_| text.starts_with("arn:"));
        let arn = arn.and_then(|target| target.own(caller).ok()).ok_or_else(wrong)?;
        functions.find(&arn).map_err(|_absent| wrong())?;
        if arn.function == self.target().named(caller)?.function {
            return Err(Invalid::OwnDestination.into());
        }
        Ok(Some(Destination::Function(arn)))
    }
}

/// What of a call may stand in the audit trail.
pub(super) const AUDITED: &[&str] = &[
    "?Qualifier",
    "DestinationConfig.OnFailure.Destination",
    "DestinationConfig.OnSuccess.Destination",
    "MaximumEventAgeInSeconds",
    "MaximumRetryAttempts",
];
/// What of its answer.
pub(super) const ANSWERED: &[&str] = &["FunctionArn", "LastModified"];

/// A configuration as operations tell it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FunctionEventInvokeConfig {
    last_modified: Moment,
    function_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_retry_attempts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_event_age_in_seconds: Option<u32>,
    destination_config: Told,
}

/// Empty structures where there is none.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    on_success: Place,
    on_failure: Place,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Place {
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
}

impl FunctionEventInvokeConfig {
    pub(super) fn of(arn: &QualifiedArn, config: &EventConfig) -> Self {
        let place = |destination: &Option<Destination>| Place {
            destination: destination
                .as_ref()
                .map(|it| it.name(config.account, &arn.function.region)),
        };
        Self {
            last_modified: config.modified.into(),
            function_arn: shown(arn),
            maximum_retry_attempts: config.retries,
            maximum_event_age_in_seconds: config.age_seconds,
            destination_config: Told {
                on_success: place(&config.on_success),
                on_failure: place(&config.on_failure),
            },
        }
    }
}
