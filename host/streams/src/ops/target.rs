//! The stream that a call is about: by name, by ARN, or by both if they agree.

use std::sync::Arc;

use domain::{AccountId, ShardId, StreamArn, StreamName};
use wire::shape::Text;
use wire::{Caller, Checks, Resource};

use super::rules;
use crate::error::{Invalid, Missing, Named, Setting};
use crate::stream::Stream;
use crate::{Error, Result, Streams};

/// The members that name a stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'i> {
    pub(super) name: Option<&'i str>,
    pub(super) arn: Option<&'i str>,
    /// What must be the stream's id, if it is given: it names no stream by itself.
    id: Option<&'i str>,
}

impl<'i> Target<'i> {
    pub(super) fn new(name: &'i Option<Text<'_>>, arn: &'i Option<Text<'_>>) -> Self {
        let (name, arn) = (name.as_ref().map(Text::as_str), arn.as_ref().map(Text::as_str));
        Self { name, arn, id: None }
    }

    /// One that is named by its ARN alone.
    pub(super) fn of_arn(arn: &'i str) -> Self {
        Self { name: None, arn: Some(arn), id: None }
    }

    /// The same, with the id that the call may have brought.
    pub(super) fn with_id(self, id: &'i Option<Text<'_>>) -> Self {
        Self { id: id.as_ref().map(Text::as_str), ..self }
    }

    /// Whether neither is given.
    pub(super) fn is_empty(self) -> bool {
        self.name.is_none() && self.arn.is_none()
    }

    /// Checks the name, of which AWS says that it is missing if the ARN is as well.
    pub(super) fn check_name(self, checks: &mut Checks) {
        if self.arn.is_none() {
            checks.required("streamName", self.name.as_ref());
        }
        checks.text("streamName", self.name, rules::NAME);
    }

    /// Checks the members that came later: the ARN and the id.
    pub(super) fn check_arn(self, checks: &mut Checks, id: Option<&Text<'_>>) {
        checks.text("streamARN", self.arn, rules::ARN);
        checks.text("streamId", id.map(Text::as_str), rules::STREAM_ID);
    }

    /// What the policy is asked about. The members may still break the model's rules: then the call fails
    /// whatever the policy says.
    pub(super) fn resource(
        self,
        streams: &Streams,
        caller: &Caller,
        action: &'static str,
    ) -> Vec<Resource> {
        vec![self.asked(streams, caller, action)]
    }

    /// The same, of an operation that puts records, and may need the stream's key.
    pub(super) fn resource_to_seal(
        self,
        streams: &Streams,
        caller: &Caller,
        action: &'static str,
    ) -> Vec<Resource> {
        let mut asked = self.resource(streams, caller, action);
        // Of streams of others that are not shared, nothing is looked up; what is asked about the stream itself comes
        // first, and whoever it lets in may know that it has a key.
        let stream = self.find_shared(streams, caller).ok();
        asked.extend(stream.and_then(|stream| streams.asked_to_seal(&stream, caller.account)));
        asked
    }

    /// The same as one. Of a stream of the caller the tags are known, and of any stream of its region the policy, if
    /// that decides about the action; of other accounts nothing else is looked up.
    pub(super) fn asked(
        self,
        streams: &Streams,
        caller: &Caller,
        action: &'static str,
    ) -> Resource {
        match (self.arn, self.name) {
            // As it is printed here: what is asked about must be what is then looked up.
            (Some(text), _) => match text.parse::<StreamArn>() {
                Ok(arn) if arn.region == caller.region => about(streams, caller, &arn, action),
                Ok(arn) => Resource::new(action, arn.to_string()),
                // It names nothing, and the call will fail, for whoever may do this at all.
                Err(_) => Resource::any(action),
            },
            (None, Some(name)) => own(streams, caller, action, name),
            (None, None) => Resource::any(action),
        }
    }

    /// The stream as sentences name it.
    pub(super) fn named(self, caller: &Caller) -> Result<Named> {
        let own = |name: &str| Named { account: caller.account, stream: name.to_owned() };
        let Some(text) = self.arn else {
            return Ok(own(self.name.unwrap_or_default()));
        };
        let named = match text.parse::<StreamArn>() {
            Ok(arn) => Named { account: arn.account, stream: arn.name.to_string() },
            // It satisfies the pattern, which takes more than streams can be called.
            Err(_) => own(text.split_once(":stream/").map_or(text, |(_, name)| name)),
        };
        match self.name {
            Some(name) if name != named.stream => Err(Error::Invalid(Invalid::ArnMismatch {
                arn: text.to_owned(),
                name: name.to_owned(),
            })),
            Some(_) | None => Ok(named),
        }
    }

    /// The stream, where the ARN may be that of any resource.
    pub(super) fn find_resource(self, streams: &Streams, caller: &Caller) -> Result<Arc<Stream>> {
        match self.arn.filter(|arn| arn.parse::<StreamArn>().is_err()) {
            Some(arn) => Err(Error::NotFound(Missing::Resource(arn.to_owned()))),
            None => self.find(streams, caller),
        }
    }

    /// The stream itself. One of another account or region is not found, whether it exists or not.
    pub(super) fn find(self, streams: &Streams, caller: &Caller) -> Result<Arc<Stream>> {
        self.find_of(streams, caller, |stream| stream.facts.account == caller.account)
    }

    /// The stream itself, where the policy was asked and said yes: it may be of another account.
    pub(super) fn find_shared(self, streams: &Streams, caller: &Caller) -> Result<Arc<Stream>> {
        self.find_of(streams, caller, |stream| stream.is_found_by(caller.account))
    }

    fn find_of(
        self,
        streams: &Streams,
        caller: &Caller,
        is_found: impl Fn(&Stream) -> bool,
    ) -> Result<Arc<Stream>> {
        let named = self.named(caller)?;
        let account = match self.arn.map(str::parse::<StreamArn>) {
            None => Some(caller.account),
            Some(Ok(arn)) if arn.region == caller.region => Some(arn.account),
            Some(Ok(_) | Err(_)) => None,
        };
        let found = streams.catalog.look(|index| {
            let found = index.called(account?, &caller.region, &named.stream);
            found.filter(|stream| is_found(stream)).cloned()
        });
        let stream = found.ok_or(Error::NotFound(Missing::Stream(named)))?;
        check_id(self.id, &stream)?;
        Ok(stream)
    }
}

/// An id that a call brings is that of the stream which the other members name.
pub(super) fn check_id(id: Option<&str>, stream: &Stream) -> Result<()> {
    match id.filter(|id| *id != stream.facts.id.shown()) {
        Some(id) => Err(Error::Invalid(Invalid::Setting(Setting::IdMismatch {
            id: id.to_owned(),
            stream: stream.named(),
        }))),
        None => Ok(()),
    }
}

/// What the policy is asked about a stream of the caller, if there is one of this name.
fn own(streams: &Streams, caller: &Caller, action: &'static str, name: &str) -> Resource {
    let Caller { account, region, .. } = caller;
    let asked = streams
        .catalog
        .look(|index| index.called(*account, region, name).map(|stream| stream.asked(action)));
    asked.unwrap_or_else(|| Resource::new(action, arn_of(caller, name)))
}

/// What the policy is asked about the stream with an ARN. One of another account is as good as absent unless it has a
/// policy that decides about the action.
pub(super) fn about(
    streams: &Streams,
    caller: &Caller,
    arn: &StreamArn,
    action: &'static str,
) -> Resource {
    let asked = streams.catalog.look(|index| {
        let stream = index.called(arn.account, &arn.region, arn.name.as_str())?;
        Some(stream.asked(action))
    });
    let is_known = |asked: &Resource| arn.account == caller.account || asked.policy.is_some();
    let asked = asked.filter(is_known);
    asked.unwrap_or_else(|| Resource::new(action, arn.to_string()))
}

/// The ARN of a stream in the caller's region.
pub(super) fn arn_in(account: AccountId, caller: &Caller, name: &StreamName) -> StreamArn {
    StreamArn { region: caller.region.clone(), account, name: name.clone() }
}

/// The ARN of a stream of the caller, whose name may be anything.
pub(super) fn arn_of(caller: &Caller, name: &str) -> String {
    let Caller { region, account, .. } = caller;
    format!("arn:aws:kinesis:{region}:{account}:stream/{name}")
}

/// The shard that an id means. AWS looks at what follows the first hyphen, and only for a number.
pub(super) fn shard_id(text: &str, stream: impl FnOnce() -> Named) -> Result<ShardId> {
    let tail = text.split('-').nth(1).filter(|tail| !tail.is_empty());
    let digits = tail.unwrap_or(text);
    let number = digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse::<u32>() {
        Ok(id) if number && i32::try_from(id).is_ok() => Ok(ShardId(id)),
        Ok(_) | Err(_) => {
            Err(Error::NotFound(Missing::ShardText { text: text.to_owned(), stream: stream() }))
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::AccountId;

    use super::*;

    #[test]
    fn shard_ids_are_read_as_on_aws() {
        let stream = || Named { account: AccountId::DEV, stream: "quakes".to_owned() };
        for (text, id) in [
            ("shardId-0", 0),
            ("shardId-000000000007", 7),
            ("shard-0", 0),
            ("x-3", 3),
            ("-00002147483647", 2_147_483_647),
            ("2147483647", 2_147_483_647),
        ] {
            assert_eq!(shard_id(text, stream).unwrap(), ShardId(id), "{text}");
        }
        for text in ["2147483648", "shardId-002147483648", "ABKLFD8", "2.14E4", "shardId-", "-"] {
            let told = shard_id(text, stream).unwrap_err();
            let Error::NotFound(missing) = told else {
                panic!("{told}");
            };
            assert_eq!(
                missing.to_string(),
                format!("Could not find shard {text} in stream quakes under account 000000000000.")
            );
        }
    }
}
