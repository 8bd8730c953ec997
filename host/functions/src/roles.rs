//! What a function may do: what its role's policies say at the moment, and nothing else.

use domain::{AccountId, Region, SecretName, StreamArn};
use egress::Target;
use identity::Directory;
use wire::{Caller, Denied, Origin, Resource};

use crate::Functions;
use crate::destination::Destination;
use crate::function::FunctionFacts;

/// Why a function may not do something; the text names the action and the resource.
pub(crate) type Refusal = String;

/// What keeps state and timers of a mapping.
pub(crate) const USE_STATE: &str = "shardmill:UseState";
/// What uses a secret without being told what it says.
pub(crate) const USE_SECRET: &str = "shardmill:UseSecret";
/// What is told what a secret says.
pub(crate) const GET_SECRET: &str = "secretsmanager:GetSecretValue";
/// What sends requests to a host.
pub(crate) const FETCH: &str = "shardmill:Fetch";
/// What has a secret sent to a host.
pub(crate) const SEND_SECRET: &str = "shardmill:SendSecret";
/// What calls a function.
const INVOKE: &str = "lambda:InvokeFunction";
/// What puts into a stream: either of them will do.
const PUT: [&str; 2] = ["kinesis:PutRecords", "kinesis:PutRecord"];

impl Functions {
    /// Whether the function's role allows this.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn may(&self, function: &FunctionFacts, asked: &Resource) -> Result<(), Refusal> {
        let role = function.config.role.as_str();
        let directory = &self.around.directory;
        let (action, arn) = (asked.action, &asked.arn);
        if !directory.is_known(role) {
            let is_own = function.config.role.account() == function.account;
            if self.settings.absent_roles_allow && is_own && identity::is_of(function.account, arn)
            {
                return Ok(());
            }
            return Err(format!(
                "function {} is not authorized to perform: {action} on resource: {arn} because its role {role} does \
                 not exist: make it with `shardmill roles create` and give it a policy that allows {action}",
                function.name
            ));
        }
        let caller = Caller {
            account: function.account,
            region: function.region.clone(),
            principal: role.to_owned(),
            access_key_id: String::new(),
            origin: Origin::default(),
            request_id: String::new(),
        };
        // A role of another account would have to trust this one, and nobody acts as a role of others yet.
        if function.config.role.account() != function.account {
            return Err(format!(
                "role {role} is not authorized to perform: {action} on resource: {arn} because it belongs to another \
                 account than function {}",
                function.name
            ));
        }
        directory.decide(&caller, asked).map_err(|Denied { message }| message)
    }

    /// Whether the function's role allows any of these.
    fn may_any<const N: usize>(
        &self,
        function: &FunctionFacts,
        actions: [&'static str; N],
        asked: impl Fn(&'static str) -> Resource,
    ) -> Result<(), Refusal> {
        let mut first = None;
        for action in actions {
            match self.may(function, &asked(action)) {
                Ok(()) => return Ok(()),
                Err(why) => drop(first.get_or_insert(why)),
            }
        }
        first.map_or(Ok(()), Err)
    }

    /// Whether the function may put into a stream, and use its key if it has one of its own.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn may_put(
        &self,
        function: &FunctionFacts,
        stream: &StreamArn,
    ) -> Result<(), Refusal> {
        let streams = &self.around.streams;
        let found = streams.stream(stream.account, &stream.region, &stream.name).ok();
        self.may_any(function, PUT, |action| match &found {
            Some(found) => found.asked(action),
            None => Resource::new(action, stream.to_string()),
        })?;
        let key = found.and_then(|found| streams.asked_to_seal(&found, function.account));
        key.map_or(Ok(()), |key| self.may(function, &key))
    }

    /// Whether the function may send requests to a host. What the operator's networks say comes on top of it.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn may_fetch(
        &self,
        function: &FunctionFacts,
        target: &Target,
    ) -> Result<(), Refusal> {
        let arn = host_arn(function.account, &function.region, target);
        self.may(function, &Resource::new(FETCH, arn))
    }

    /// Whether a secret may go to a host in a request of the function, which is not told it. What the function may be
    /// told it could send anywhere itself.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn may_send_secret(
        &self,
        function: &FunctionFacts,
        secret: &SecretName,
        target: &Target,
    ) -> Result<(), Refusal> {
        let FunctionFacts { account, region, .. } = function;
        // The host first: it has no slash, so there is one way to read the pair.
        let pair = format!("{}/secret/{secret}", host_arn(*account, region, target));
        let refused = self.may(function, &Resource::new(SEND_SECRET, pair));
        let arn = Directory::secret_arn(*account, region.as_str(), secret.as_str());
        refused.or_else(|why| self.may_use_secret(function, &arn, true).map_err(|_also| why))
    }

    /// Whether the function may have something told there; what is called so, or whose name begins so, if it goes into a
    /// bucket.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn may_tell(
        &self,
        function: &FunctionFacts,
        destination: &Destination,
        name: &str,
    ) -> Result<(), Refusal> {
        match destination {
            Destination::Stream(stream) => {
                let FunctionFacts { account, region, .. } = function;
                let name = stream.name.clone();
                self.may_put(
                    function,
                    &StreamArn { region: region.clone(), account: *account, name },
                )
            }
            Destination::Function(arn) => {
                self.may(function, &self.asked(function.account, arn, INVOKE))
            }
            Destination::Elsewhere(place) => self.may_deliver(function, place, name),
        }
    }

    /// Whether the function may use a secret, or be told it.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn may_use_secret(
        &self,
        function: &FunctionFacts,
        arn: &str,
        is_told: bool,
    ) -> Result<(), Refusal> {
        let asked = |action| Resource::new(action, arn.to_owned());
        match is_told {
            true => self.may(function, &asked(GET_SECRET)),
            false => self.may_any(function, [USE_SECRET, GET_SECRET], asked),
        }
    }
}

/// A host as policies name it, always with its port: `arn:aws:shardmill:REGION:ACCOUNT:host/HOST:PORT`.
pub(crate) fn host_arn(account: AccountId, region: &Region, target: &Target) -> String {
    let Target { host, port, .. } = target;
    // As URLs write it, so that the colons of an address do not run into the port's.
    let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
    format!("arn:aws:shardmill:{region}:{account}:host/{open}{host}{close}:{port}")
}
