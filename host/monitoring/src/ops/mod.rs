//! The operations of CloudWatch, one file each, and the one table of them.

mod get_metric_data;
mod get_metric_statistics;
mod list_metrics;
mod put_metric_data;
mod rules;
mod shapes;

use std::sync::Arc;

use domain::Millis;
use domain::limits::METRIC_KEPT_MS;
use wire::query::Form;
use wire::shape::Moment;
use wire::token::Purpose;
use wire::{Entry, Forms, Table};

use crate::window::Windows;
use crate::{Error, Minute, Monitoring, Result};
use get_metric_data::GetMetricData;
use get_metric_statistics::GetMetricStatistics;
use list_metrics::ListMetrics;
use put_metric_data::PutMetricData;

/// What operations work on.
pub type Service = Monitoring;

// Why an operation of the model is refused.
const NO_ALARMS: &str = "there are no alarms; ask for metrics with GetMetricData";
const NO_ANOMALIES: &str = "there are no anomaly detectors";
const NO_CONFIGURATIONS: &str = "nothing of how resources are measured can be chosen";
const NO_DASHBOARDS: &str = "there are no dashboards; ask for metrics with GetMetricData";
const NO_DATASETS: &str = "metrics lie in no datasets";
const NO_INSIGHTS: &str = "there are no insights";
const NO_OTEL: &str = "there is no OpenTelemetry";
const NO_QUERIES: &str = "queries are not kept; ask with GetMetricData";
const NO_STREAMS: &str = "metrics are not delivered anywhere; ask for them with GetMetricData";
const NO_TAGS: &str = "no resource of it could have tags";

/// The model's operations, sorted by name.
#[rustfmt::skip]
pub const OPERATIONS: &[Entry<Service>] = &[
    refused("AssociateDatasetKmsKey", "cloudwatch:AssociateDatasetKmsKey", NO_DATASETS),
    refused("CreateResourceMetricsConfiguration", "cloudwatch:CreateResourceMetricsConfiguration", NO_CONFIGURATIONS),
    refused("DeleteAlarmMuteRule", "cloudwatch:DeleteAlarmMuteRule", NO_ALARMS),
    refused("DeleteAlarms", "cloudwatch:DeleteAlarms", NO_ALARMS),
    refused("DeleteAnomalyDetector", "cloudwatch:DeleteAnomalyDetector", NO_ANOMALIES),
    refused("DeleteDashboards", "cloudwatch:DeleteDashboards", NO_DASHBOARDS),
    refused("DeleteInsightRules", "cloudwatch:DeleteInsightRules", NO_INSIGHTS),
    refused("DeleteMetricDataQueryDefinition", "cloudwatch:DeleteMetricDataQueryDefinition", NO_QUERIES),
    refused("DeleteMetricStream", "cloudwatch:DeleteMetricStream", NO_STREAMS),
    refused("DeleteResourceMetricsConfiguration", "cloudwatch:DeleteResourceMetricsConfiguration", NO_CONFIGURATIONS),
    refused("DescribeAlarmContributors", "cloudwatch:DescribeAlarmContributors", NO_ALARMS),
    refused("DescribeAlarmHistory", "cloudwatch:DescribeAlarmHistory", NO_ALARMS),
    refused("DescribeAlarms", "cloudwatch:DescribeAlarms", NO_ALARMS),
    refused("DescribeAlarmsForMetric", "cloudwatch:DescribeAlarmsForMetric", NO_ALARMS),
    refused("DescribeAnomalyDetectors", "cloudwatch:DescribeAnomalyDetectors", NO_ANOMALIES),
    refused("DescribeInsightRules", "cloudwatch:DescribeInsightRules", NO_INSIGHTS),
    refused("DisableAlarmActions", "cloudwatch:DisableAlarmActions", NO_ALARMS),
    refused("DisableInsightRules", "cloudwatch:DisableInsightRules", NO_INSIGHTS),
    refused("DisassociateDatasetKmsKey", "cloudwatch:DisassociateDatasetKmsKey", NO_DATASETS),
    refused("EnableAlarmActions", "cloudwatch:EnableAlarmActions", NO_ALARMS),
    refused("EnableInsightRules", "cloudwatch:EnableInsightRules", NO_INSIGHTS),
    refused("GetAlarmMuteRule", "cloudwatch:GetAlarmMuteRule", NO_ALARMS),
    refused("GetDashboard", "cloudwatch:GetDashboard", NO_DASHBOARDS),
    refused("GetDataset", "cloudwatch:GetDataset", NO_DATASETS),
    refused("GetInsightRuleReport", "cloudwatch:GetInsightRuleReport", NO_INSIGHTS),
    Entry::works::<GetMetricData>(),
    refused("GetMetricDataQueryDefinition", "cloudwatch:GetMetricDataQueryDefinition", NO_QUERIES),
    Entry::works::<GetMetricStatistics>(),
    refused("GetMetricStream", "cloudwatch:GetMetricStream", NO_STREAMS),
    refused("GetMetricWidgetImage", "cloudwatch:GetMetricWidgetImage", NO_DASHBOARDS),
    refused("GetOTelEnrichment", "cloudwatch:GetOTelEnrichment", NO_OTEL),
    refused("GetResourceMetricsConfiguration", "cloudwatch:GetResourceMetricsConfiguration", NO_CONFIGURATIONS),
    refused("ListAlarmMuteRules", "cloudwatch:ListAlarmMuteRules", NO_ALARMS),
    refused("ListDashboards", "cloudwatch:ListDashboards", NO_DASHBOARDS),
    refused("ListManagedInsightRules", "cloudwatch:ListManagedInsightRules", NO_INSIGHTS),
    refused("ListMetricDataQueryDefinitions", "cloudwatch:ListMetricDataQueryDefinitions", NO_QUERIES),
    refused("ListMetricStreams", "cloudwatch:ListMetricStreams", NO_STREAMS),
    Entry::works::<ListMetrics>(),
    refused("ListTagsForResource", "cloudwatch:ListTagsForResource", NO_TAGS),
    refused("PutAlarmMuteRule", "cloudwatch:PutAlarmMuteRule", NO_ALARMS),
    refused("PutAnomalyDetector", "cloudwatch:PutAnomalyDetector", NO_ANOMALIES),
    refused("PutCompositeAlarm", "cloudwatch:PutCompositeAlarm", NO_ALARMS),
    refused("PutDashboard", "cloudwatch:PutDashboard", NO_DASHBOARDS),
    refused("PutInsightRule", "cloudwatch:PutInsightRule", NO_INSIGHTS),
    refused("PutLogAlarm", "cloudwatch:PutLogAlarm", NO_ALARMS),
    refused("PutManagedInsightRules", "cloudwatch:PutManagedInsightRules", NO_INSIGHTS),
    refused("PutMetricAlarm", "cloudwatch:PutMetricAlarm", NO_ALARMS),
    Entry::works::<PutMetricData>(),
    refused("PutMetricDataQueryDefinition", "cloudwatch:PutMetricDataQueryDefinition", NO_QUERIES),
    refused("PutMetricStream", "cloudwatch:PutMetricStream", NO_STREAMS),
    refused("SetAlarmState", "cloudwatch:SetAlarmState", NO_ALARMS),
    refused("StartMetricStreams", "cloudwatch:StartMetricStreams", NO_STREAMS),
    refused("StartOTelEnrichment", "cloudwatch:StartOTelEnrichment", NO_OTEL),
    refused("StopMetricStreams", "cloudwatch:StopMetricStreams", NO_STREAMS),
    refused("StopOTelEnrichment", "cloudwatch:StopOTelEnrichment", NO_OTEL),
    refused("TagResource", "cloudwatch:TagResource", NO_TAGS),
    refused("UntagResource", "cloudwatch:UntagResource", NO_TAGS),
    refused("UpdateOTelEnrichment", "cloudwatch:UpdateOTelEnrichment", NO_OTEL),
    refused("UpdateResourceMetricsConfiguration", "cloudwatch:UpdateResourceMetricsConfiguration", NO_CONFIGURATIONS),
];

const fn refused(name: &'static str, action: &'static str, reason: &'static str) -> Entry<Service> {
    Entry::refused_with(name, action, "InvalidParameterValueException", reason)
}

/// CloudWatch's query form (botocore's model: `apiVersion`, `xmlNamespace`).
pub const FORM: Form =
    Form { version: "2010-08-01", namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/" };

/// CloudWatch as the door sees it.
pub fn table(service: Arc<Service>) -> Table<Service> {
    Table {
        signing_names: &["monitoring"],
        target_prefix: "GraniteServiceVersion20100801",
        forms: Forms { query: Some(&FORM), rpc_v2_cbor: true },
        entries: OPERATIONS,
        service,
    }
}

/// The spans of a question, if they have any length: whole minutes, from the one that the start lies in.
fn spans(start: Option<Moment>, end: Option<Moment>, minutes: u32) -> Option<Windows> {
    let (start, end) = (start?.millis(), end?.millis());
    let is_right = start < end;
    let last = Minute::of(Millis(end.0.saturating_add(Minute::MS - 1)));
    is_right.then_some(Windows { start: Minute::of(start), end: last, minutes })
}

impl Monitoring {
    /// The same spans, without those that are too old to be shown.
    fn kept(&self, windows: Windows) -> Windows {
        let horizon = Minute::of(self.around.clock.now().minus(METRIC_KEPT_MS));
        let behind = horizon.0.saturating_sub(windows.start.0).next_multiple_of(windows.minutes);
        Windows { start: Minute(windows.start.0.saturating_add(behind)), ..windows }
    }

    /// What a page token carries.
    fn open_token(&self, purpose: Purpose, token: &str) -> Result<Vec<u8>> {
        let opened = self.around.sealer.open(purpose, token).ok();
        let opened = opened.filter(|opened| !opened.is_expired(self.around.clock.now()));
        opened.map(|opened| opened.content).ok_or(Error::Token)
    }

    fn seal(&self, purpose: Purpose, content: &[u8]) -> String {
        let nonce = self.around.entropy.bytes();
        self.around.sealer.seal(purpose, nonce, self.around.clock.now(), content)
    }
}
