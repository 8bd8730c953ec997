//! Telling of records that a mapping gives up: in the commit that does, if it goes to a stream, and before it, if it goes
//! elsewhere.

use bytes::Bytes;
use consumer::{Emission, GivenUp, Reason, Told};
use domain::limits;

use crate::Functions;
use crate::delivery::{Parcel, Undelivered};
use crate::destination::{Destination, Elsewhere};
use crate::function::Function;
use crate::given_up::{self, About, LastCall};
use crate::kinesis_event::Origin;
use crate::mapping::{MappingFacts, StreamRef};
use crate::processor::MappingProcessor;

impl MappingProcessor {
    /// Tells of records that are given up, as the function's role allows now.
    pub(crate) async fn tell(&self, mapping: &MappingFacts, given_up: &GivenUp) -> Told {
        let Some(destination) = &mapping.on_failure else { return Told::With(Vec::new()) };
        if destination.is_elsewhere() && !given_up.is_noted {
            // The consumer does not know yet that it is to note what it gives up.
            return Told::Not { why: "the mapping was just changed".to_owned(), retry_after: None };
        }
        let functions = &self.functions;
        let function = match functions.pick(&mapping.function_arn()) {
            Ok(function) => function,
            Err(error) => return Told::Not { why: error.to_string(), retry_after: None },
        };
        let told = match destination {
            Destination::Stream(stream) => self.emissions(mapping, &function, stream, given_up),
            Destination::Elsewhere(place) => {
                self.send(mapping, &function, place, given_up).await.map(|()| Vec::new())
            }
            Destination::Function(arn) => {
                Err(Undelivered::because(format!("{arn} cannot be told of records")))
            }
        };
        match told {
            Ok(emits) => Told::With(emits),
            Err(Undelivered { why, retry_after }) => {
                functions.measures.of(&function.facts).destination_failed();
                let (id, shard) = (mapping.id, given_up.batch.shard.id);
                let place = destination.logged(mapping.account, &mapping.region);
                tracing::warn!(mapping = %id, %shard, place, why, "discarded records cannot be told of");
                let place = destination.name(mapping.account, &mapping.region);
                Told::Not { why: format!("{place}: {why}"), retry_after }
            }
        }
    }

    /// What a stream gets.
    fn emissions(
        &self,
        mapping: &MappingFacts,
        function: &Function,
        stream: &StreamRef,
        given_up: &GivenUp,
    ) -> Result<Vec<Emission>, Undelivered> {
        let functions = &self.functions;
        let arn = mapping.stream_arn(stream);
        functions.may_put(&function.facts, &arn).map_err(Undelivered::because)?;
        let shard = given_up.batch.shard.id.to_string();
        let target = functions.target_now(mapping.account, &mapping.region, stream);
        let kib = functions.around.streams.stream_by_id(target);
        let kib = kib.map_or(limits::RECORD_KIB_DEFAULT, |stream| stream.facts.record_kib_max);
        let bytes_max = kib as usize * 1024 - shard.len();
        let emission = |data| Emission {
            stream: target,
            // Those about a shard keep their order.
            partition_key: shard.clone(),
            hash_key: None,
            data,
        };
        let documents = self.documents(mapping, function, given_up, bytes_max);
        Ok(documents.into_iter().map(emission).collect())
    }

    /// Sends one document with all records.
    async fn send(
        &self,
        mapping: &MappingFacts,
        function: &Function,
        place: &Elsewhere,
        given_up: &GivenUp,
    ) -> Result<(), Undelivered> {
        let documents = self.documents(mapping, function, given_up, usize::MAX);
        for document in documents {
            let parcel = Parcel::of_batch(mapping.id, &given_up.batch, document);
            self.functions.deliver(&function.facts, place, &parcel).await?;
        }
        Ok(())
    }

    fn documents(
        &self,
        mapping: &MappingFacts,
        function: &Function,
        given_up: &GivenUp,
        bytes_max: usize,
    ) -> Vec<Bytes> {
        let functions: &Functions = &self.functions;
        let GivenUp { batch, reason, .. } = given_up;
        let is_called = matches!(reason, Reason::Attempts(_)) || batch.attempt > 1;
        // Of an earlier life, or of none: then it gets a number of its own.
        let last = self.last_calls.lock().get(&(batch.shard.id, batch.lane)).cloned();
        let last = last.filter(|_| is_called);
        let new = || LastCall { request_id: functions.uuid(), has_answered: false };
        let last = last.unwrap_or_else(new);
        let role = function.facts.config.role.as_str();
        let (stream, source) = (batch.stream.arn().to_string(), mapping.source_arn());
        let shard = batch.shard.id.to_string();
        let about = About {
            function_arn: &mapping.function_arn().to_string(),
            version: &function.qualifier().to_string(),
            stream: &stream,
            origin: Origin { source: &source, shard: &shard, region: &mapping.region, role },
            last: &last,
            now: functions.around.clock.now(),
            bytes_max,
        };
        given_up::documents(given_up, &about)
    }
}
