//! Where the records may go that a function emits.

use std::collections::HashMap;

use domain::{AccountId, Region, StreamArn, StreamId};
use parking_lot::Mutex;
use wasm::World;

use crate::Functions;
use crate::function::Function;
use crate::mapping::{MappingFacts, StreamRef};

/// Why a record cannot be emitted.
pub(crate) type Why = String;

/// Says where records may go.
pub(crate) trait Targets: Sync {
    /// The stream for a record that names this one, or none.
    ///
    /// # Errors
    /// If there is none, or the function may not put into it.
    fn find(&self, named: Option<&str>) -> Result<StreamId, Why>;
}

/// Where the records of one batch may go: each stream is looked up, and the role asked, once.
pub(crate) struct Granted<'a> {
    functions: &'a Functions,
    mapping: &'a MappingFacts,
    function: &'a Function,
    known: Mutex<HashMap<Option<String>, Result<StreamId, Why>>>,
}

impl<'a> Granted<'a> {
    pub(crate) fn new(
        functions: &'a Functions,
        mapping: &'a MappingFacts,
        function: &'a Function,
    ) -> Self {
        Self { functions, mapping, function, known: Mutex::default() }
    }

    fn look_up(&self, named: Option<&str>) -> Result<StreamId, Why> {
        match (self.function.facts.code.world, named) {
            (World::Consumer, Some(named)) => self.named(named),
            (World::Consumer | World::Transform | World::Handler, _) => {
                let target = own(self.mapping, named)?;
                let MappingFacts { account, region, .. } = self.mapping;
                let arn = self.mapping.stream_arn(target);
                self.functions.may_put(&self.function.facts, &arn)?;
                Ok(self.functions.target_now(*account, region, target))
            }
        }
    }

    /// A stream of the mapping's account and region, by name or ARN.
    fn named(&self, named: &str) -> Result<StreamId, Why> {
        let MappingFacts { account, region, .. } = self.mapping;
        let arn = if named.starts_with("arn:") {
            named
                .parse::<StreamArn>()
                .ok()
                .filter(|it| it.account == *account && it.region == *region)
        } else {
            let name = named.parse().ok();
            name.map(|name| StreamArn { region: region.clone(), account: *account, name })
        };
        let shown: String = named.chars().take(256).collect();
        let none = || {
            format!(
                "function emitted a record for {shown:?}, which is no stream of account {account} in {region}: name \
                 one, or emit without a target"
            )
        };
        let arn = arn.ok_or_else(none)?;
        // Before it is said whether it is there.
        self.functions.may_put(&self.function.facts, &arn)?;
        let found = self.functions.around.streams.stream(arn.account, &arn.region, &arn.name);
        Ok(found.map_err(|_missing| none())?.facts.id)
    }
}

impl Functions {
    /// The stream that has a target's name now, as an ARN is read on AWS; where none has, the one that was meant, so
    /// that whoever emits is told that it is gone.
    pub(crate) fn target_now(
        &self,
        account: AccountId,
        region: &Region,
        target: &StreamRef,
    ) -> StreamId {
        let named = self.around.streams.stream(account, region, &target.name);
        named.map_or(target.id, |stream| stream.facts.id)
    }
}

impl Targets for Granted<'_> {
    fn find(&self, named: Option<&str>) -> Result<StreamId, Why> {
        let key = named.map(str::to_owned);
        if let Some(known) = self.known.lock().get(&key) {
            return known.clone();
        }
        let found = self.look_up(named);
        self.known.lock().insert(key, found.clone());
        found
    }
}

/// The mapping's own target, which may be named.
pub(crate) fn own<'m>(
    mapping: &'m MappingFacts,
    named: Option<&str>,
) -> Result<&'m StreamRef, Why> {
    let id = mapping.id;
    match (&mapping.target, named) {
        (Some(target), None) => Ok(target),
        (Some(target), Some(named)) => {
            let arn = mapping.stream_arn(target).to_string();
            if named == target.name.as_str() || named == arn {
                return Ok(target);
            }
            let named: String = named.chars().take(256).collect();
            Err(format!(
                "function emitted a record for {named:?}, but mapping {id} sends to {arn}: emit without a target, or \
                 set DestinationConfig.OnSuccess.Destination to the stream that is meant"
            ))
        }
        (None, _) => Err(format!(
            "function emitted a record, but mapping {id} has no stream for it: set \
             DestinationConfig.OnSuccess.Destination to the ARN of one"
        )),
    }
}
