//! What happened, as CloudTrail writes it (pure). What is not listed here or by the operation does not get in.

#[cfg(test)]
mod tests;

use domain::{ArnParts, Millis, Region};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use wire::trail::{cut, cut_at};
use wire::{Binding, BrokenMembers, Caller, Failure, Info, Notes, Origin, Trail};

use super::{Owner, who};

/// The version of CloudTrail's format that this is.
const VERSION: &str = "1.11";
/// The longest event; one that would be longer loses what it was called with and what it answered.
pub(super) const EVENT_BYTES_MAX: usize = 8 * 1024;
/// Characters of an error's text.
const MESSAGE_CHARS_MAX: usize = 1024;

/// Exceptions whose texts name no more than things, numbers and times. The texts of others may repeat what was
/// sent and stay out.
const SPOKEN: [&str; 21] = [
    "AccessDeniedException",
    "CodeStorageExceededException",
    "EntityAlreadyExistsException",
    "IncompleteBodyException",
    "InternalFailure",
    "LimitExceededException",
    "MissingAuthenticationTokenException",
    "NoSuchEntityException",
    "OperationNotPermittedException",
    "ProvisionedThroughputExceededException",
    "RequestEntityTooLargeException",
    "RequestTimeoutException",
    "ResourceConflictException",
    "ResourceInUseException",
    "ResourceNotFoundException",
    "ServiceUnavailable",
    "ThrottlingException",
    "TooManyRequestsException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "UnsupportedOperationException",
];
/// How the texts of `InvalidSignatureException` begin that repeat nothing of a header.
const SPOKEN_OF_SIGNATURES: [&str; 4] = [
    "Credential should be scoped to ",
    "Signature expired",
    "Signature not yet current",
    "The request signature we calculated",
];
/// Operations of Lambda whose events have a second version.
const SECOND: [&str; 9] = [
    "AddPermission",
    "GetFunction",
    "GetFunctionConfiguration",
    "GetPolicy",
    "RemovePermission",
    "TagResource",
    "UntagResource",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
];

/// Who asked.
#[derive(Clone, Copy, Debug)]
pub enum Who<'a> {
    /// Somebody whose signature held.
    Caller(&'a Caller),
    /// Somebody whose signature did not, or was not looked at.
    Stranger {
        /// The key that was claimed.
        access_key_id: Option<&'a str>,
        /// The region that was claimed.
        region: Option<&'a Region>,
        /// How the request came in.
        origin: &'a Origin,
        /// Its id.
        request_id: &'a str,
    },
}

/// A call that ended.
#[derive(Clone, Copy, Debug)]
pub struct Happened<'a> {
    /// Who asked.
    pub who: Who<'a>,
    /// The name that clients sign with: `kinesis`.
    pub service: &'a str,
    /// What was asked for, as events name it: see [`event_name`].
    pub name: &'a str,
    /// What kind of event it is.
    pub trail: Trail,
    /// What was noted on its way.
    pub notes: Option<&'a Notes>,
    /// Why it failed, if it did.
    pub failure: Option<&'a Failure>,
    /// Whether it may have ended well or not: the client went away before it did.
    pub is_open: bool,
    /// The host that the client asked for.
    pub host: &'a str,
}

/// An event, without the moment that it is given when it is queued.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub(super) owner: Owner,
    pub(super) members: Map<String, Value>,
}

/// What CloudTrail calls an operation: those of Lambda have the date of their path behind them.
pub fn event_name(info: &Info) -> String {
    let Binding::Path { path, .. } = info.binding else {
        return info.name.to_owned();
    };
    if info.trail.is_data() {
        return info.name.to_owned();
    }
    let date = path.split('/').nth(1).unwrap_or_default();
    let digits: String = date.chars().filter(char::is_ascii_digit).collect();
    let second = if SECOND.contains(&info.name) { "v2" } else { "" };
    format!("{}{digits}{second}", info.name)
}

impl Event {
    /// The event of a call.
    pub fn of(happened: &Happened<'_>, event_id: String) -> Self {
        let Happened { who, service, name, trail, notes, failure, .. } = *happened;
        let (owner, region, origin, request_id, identity) = match who {
            Who::Caller(caller) => {
                let owner = Owner::Account(caller.account);
                let region = Some(&caller.region);
                (owner, region, &caller.origin, &*caller.request_id, who::identity(caller))
            }
            Who::Stranger { access_key_id, region, origin, request_id } => {
                (Owner::Strangers, region, origin, request_id, who::stranger(access_key_id))
            }
        };
        let category = if trail.is_data() { "Data" } else { "Management" };
        let members = json!({
            "eventVersion": VERSION,
            "userIdentity": identity,
            "eventSource": source(service),
            "eventName": cut(name),
            "awsRegion": region.map(Region::as_str),
            "sourceIPAddress": origin.address.map(|address| address.to_string()),
            "userAgent": origin.user_agent.as_deref().map(cut),
            "requestParameters": notes.and_then(Notes::parameters).filter(|it| !it.is_empty()),
            "responseElements": notes.and_then(Notes::answer).filter(|it| !it.is_empty()),
            "requestID": request_id,
            "eventID": event_id,
            "readOnly": trail.is_read_only(),
            "eventType": "AwsApiCall",
            "managementEvent": !trail.is_data(),
            "recipientAccountId": match owner {
                Owner::Account(account) => Some(account.to_string()),
                Owner::Strangers => None,
            },
            "eventCategory": category,
        });
        let Value::Object(members) = members else { return Self { owner, members: Map::new() } };
        let mut event = Self { owner, members };
        event.add_error(failure, happened.is_open);
        event.add_resources(notes.map_or(&[], Notes::resources));
        event.add_connection(origin, happened.host);
        event
    }

    /// That events could not be kept: how many, since the last time that one could.
    pub(super) fn dropped(owner: Owner, count: u64, event_id: String) -> Self {
        let members = json!({
            "eventVersion": VERSION,
            "userIdentity": { "type": "AWSService", "invokedBy": "shardmill" },
            "eventSource": source("shardmill"),
            "eventName": "EventsDropped",
            "eventID": event_id,
            "readOnly": true,
            "eventType": "AwsServiceEvent",
            "managementEvent": true,
            "eventCategory": "Management",
            "serviceEventDetails": { "count": count },
        });
        let members = members.as_object().cloned().unwrap_or_default();
        Self { owner, members }
    }

    fn add_error(&mut self, failure: Option<&Failure>, is_open: bool) {
        if let Some(failure) = failure {
            self.put("errorCode", failure.code.as_ref().into());
            if let Some(message) = message(failure) {
                self.put("errorMessage", message.into());
            }
        }
        if is_open {
            self.put("errorCode", "ClientDisconnected".into());
            let told = "the client went away before the answer: it may have been done or not";
            self.put("errorMessage", told.into());
        }
    }

    fn add_resources(&mut self, arns: &[String]) {
        if arns.is_empty() {
            return;
        }
        let resources = arns.iter().map(|arn| {
            let account = ArnParts::of(arn).map_or("", |parts| parts.account);
            json!({ "ARN": arn, "accountId": account, "type": kind_of(arn) })
        });
        let resources: Vec<Value> = resources.collect();
        self.put("resources", resources.into());
    }

    fn add_connection(&mut self, origin: &Origin, host: &str) {
        if let Some(listener) = &origin.listener {
            self.put("vpcEndpointId", (&**listener).into());
        }
        if let Some(tls) = &origin.tls {
            let details = json!({
                "tlsVersion": tls.version,
                "cipherSuite": tls.cipher,
                "clientProvidedHostHeader": cut(host),
            });
            self.put("tlsDetails", details);
        }
    }

    pub(super) fn put(&mut self, name: &str, value: Value) {
        self.members.insert(name.to_owned(), value);
    }

    /// What identical refusals have in common.
    pub(super) fn likeness(&self) -> String {
        let names = ["eventSource", "eventName", "errorCode", "sourceIPAddress", "awsRegion"];
        let mut likeness = self.owner.to_string();
        let key = self.members["userIdentity"].get("accessKeyId");
        for value in names.iter().filter_map(|name| self.members.get(*name)).chain(key) {
            likeness.push('\n');
            likeness.push_str(value.as_str().unwrap_or_default());
        }
        likeness
    }

    /// Says that it stands for so many, of which it was the first.
    pub(super) fn stands_for(&mut self, count: u64, first: Millis, last: Millis) {
        let data = json!({ "count": count, "firstTime": time(first), "lastTime": time(last) });
        self.put("additionalEventData", data);
    }

    /// As it is stored.
    pub(super) fn text(mut self, at: Millis) -> String {
        self.put("eventTime", time(at).into());
        self.members.retain(|name, value| !value.is_null() || NULL.contains(&&**name));
        let text = Value::from(self.members.clone()).to_string();
        if text.len() <= EVENT_BYTES_MAX {
            return text;
        }
        for name in ["requestParameters", "responseElements", "resources"] {
            self.members.remove(name);
        }
        let omitted = "requestParameters, responseElements and resources were too long";
        self.put("addendum", json!({ "reason": "UPDATED_DATA", "updatedFields": omitted }));
        Value::from(self.members).to_string()
    }
}

/// Members that CloudTrail writes even if there is nothing to say.
const NULL: [&str; 2] = ["requestParameters", "responseElements"];

/// `kinesis.amazonaws.com`; what is our own has no domain.
fn source(service: &str) -> String {
    match service {
        "shardmill" => service.to_owned(),
        _ => format!("{service}.amazonaws.com"),
    }
}

fn time(at: Millis) -> String {
    let millis = i64::try_from(at.0).unwrap_or(i64::MAX);
    let seconds = Timestamp::from_second(millis / 1000).unwrap_or(Timestamp::UNIX_EPOCH);
    seconds.to_string()
}

/// What may be said of a failure without repeating what was sent.
fn message(failure: &Failure) -> Option<String> {
    let broken = failure.source.as_ref().and_then(|source| source.downcast_ref::<BrokenMembers>());
    if let Some(broken) = broken {
        return Some(cut(&broken.to_string()));
    }
    let message = failure.message.as_deref()?;
    let is_spoken = SPOKEN.contains(&&*failure.code)
        || SPOKEN_OF_SIGNATURES.iter().any(|start| message.starts_with(start));
    is_spoken.then(|| cut_at(message, MESSAGE_CHARS_MAX))
}

/// The type of a resource, by its ARN; nothing for what is not known.
fn kind_of(arn: &str) -> Option<&'static str> {
    let ArnParts { service, resource, .. } = ArnParts::of(arn)?;
    let kinds = [
        ("kinesis", "stream/", "AWS::Kinesis::Stream"),
        ("kms", "key/", "AWS::KMS::Key"),
        ("lambda", "function:", "AWS::Lambda::Function"),
        ("lambda", "event-source-mapping:", "AWS::Lambda::EventSourceMapping"),
        ("iam", "role/", "AWS::IAM::Role"),
        ("iam", "user/", "AWS::IAM::User"),
        ("iam", "policy/", "AWS::IAM::Policy"),
    ];
    let found = kinds.iter().find(|(of, start, _)| *of == service && resource.starts_with(start));
    found.map(|(_, _, kind)| *kind)
}
