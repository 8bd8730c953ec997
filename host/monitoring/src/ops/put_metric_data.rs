//! PutMetricData: takes samples of metrics.

mod datum;

use serde::Deserialize;
use wire::shape::{Flag, List, Structure, Text};
use wire::{Caller, Check, Checks, Operation, Resource, Trail};

use domain::limits::METRIC_DATA_MAX;

use super::shapes::{each, str};
use super::{Service, rules};
use crate::metric::SERVICES;
use crate::{Error, Result};
use datum::{At, Datum};

pub(super) struct PutMetricData;

impl Operation for PutMetricData {
    const NAME: &str = "PutMetricData";
    const ACTION: &str = "cloudwatch:PutMetricData";
    const TRAIL: Trail = Trail::DataWrite;
    const TAKES_GZIP: bool = true;
    const AUDITED: &[&str] = &["Namespace"];
    const DIFFERS: &str = "Samples are summed up by minutes, whatever StorageResolution says. A process that is \
        killed loses those of the last minute. Metrics are seen at once. Entities are taken and not kept. An account \
        may have 10,000 metrics.";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(_: &Service, _: &Caller, input: &Self::Input<'_>) -> Result<Vec<Resource>> {
        let namespace = str(&input.namespace).unwrap_or_default();
        Ok(vec![Resource::any(Self::ACTION).with("cloudwatch:namespace", namespace)])
    }

    async fn run(service: &Service, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let namespace = str(&input.namespace).unwrap_or_default();
        if namespace.starts_with(SERVICES) {
            let text = format!("The value {SERVICES} for parameter Namespace is invalid.");
            return Err(Error::Value(text));
        }
        let of_entities = each(&input.entity_metric_data).flat_map(|it| each(&it.metric_data));
        let count = each(&input.metric_data).count() + of_entities.count();
        if count == 0 {
            return Err(Error::Missing("The parameter MetricData is required.".to_owned()));
        }
        let is_long = |list: &Option<List<_, { METRIC_DATA_MAX + 1 }>>| {
            list.as_ref().is_some_and(|list| list.count() > METRIC_DATA_MAX)
        };
        if count > METRIC_DATA_MAX || is_long(&input.metric_data) {
            let text = format!(
                "The collection MetricData must not have a size greater than {METRIC_DATA_MAX}."
            );
            return Err(Error::Value(text));
        }
        let now = service.around.clock.now();
        let at = |number| At { now, caller, namespace, number };
        let of_entities = each(&input.entity_metric_data).flat_map(|it| each(&it.metric_data));
        let data = each(&input.metric_data).chain(of_entities).zip(1..);
        let data = data.map(|(datum, number)| datum.read(&at(number)));
        service.put(caller.account, data.collect::<Result<_>>()?).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    namespace: Option<Text<'a>>,
    #[serde(borrow)]
    metric_data: Option<Data<'a>>,
    #[serde(borrow)]
    entity_metric_data: Option<List<Structure<OfEntity<'a>>, ENTITIES_KEPT>>,
    #[serde(rename = "StrictEntityValidation")]
    _strict_entity_validation: Option<Flag>,
}

/// Entities of a call that are looked at: each has at least one datum.
const ENTITIES_KEPT: usize = 100;

/// One more than is valid.
type Data<'a> = List<Structure<Datum<'a>>, { METRIC_DATA_MAX + 1 }>;

/// Data and what they are of, which is not kept.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfEntity<'a> {
    #[serde(borrow)]
    metric_data: Option<Data<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("namespace", self.namespace.as_ref());
        checks.text("namespace", str(&self.namespace), rules::NAMESPACE);
        for (at, datum) in each(&self.metric_data).enumerate() {
            datum.check(checks, &format!("metricData.{}.member", at + 1));
        }
        let entities = self.entity_metric_data.as_ref();
        if let Some(entities) = entities {
            let shown = format_args!("[{} entities]", entities.count());
            checks.length("entityMetricData", &shown, entities.count(), 0, ENTITIES_KEPT);
        }
        for (of, entity) in each(&self.entity_metric_data).enumerate() {
            for (at, datum) in each(&entity.metric_data).enumerate() {
                let path =
                    format!("entityMetricData.{}.member.metricData.{}.member", of + 1, at + 1);
                datum.check(checks, &path);
            }
        }
    }
}
