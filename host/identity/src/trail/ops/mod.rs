//! CloudTrail's operations and one of our own, and the tables of them.

mod get_audit_events;
mod lookup_events;

use std::sync::Arc;

use wire::{Entry, Forms, Table};

use super::Trail;
use get_audit_events::GetAuditEvents;
use lookup_events::LookupEvents;

/// What operations work on.
pub type Service = Arc<Trail>;

// Why an operation of the model is refused.
const ALWAYS_ON: &str = "there is one trail for each account, which is always on; use LookupEvents";
const NO_LAKE: &str = "there are no event data stores; use LookupEvents";
const NO_DELIVERY: &str = "events are not delivered anywhere; use LookupEvents";
const NO_INSIGHTS: &str = "there are no insights";
const NO_ORGANIZATIONS: &str = "there are no organizations";
const NO_POLICIES: &str = "no resource of it could have a policy";

/// The model's operations, sorted by name.
#[rustfmt::skip]
pub const OPERATIONS: &[Entry<Service>] = &[
    refused("AddTags", "cloudtrail:AddTags", ALWAYS_ON),
    refused("CancelQuery", "cloudtrail:CancelQuery", NO_LAKE),
    refused("CreateChannel", "cloudtrail:CreateChannel", NO_LAKE),
    refused("CreateDashboard", "cloudtrail:CreateDashboard", NO_LAKE),
    refused("CreateEventDataStore", "cloudtrail:CreateEventDataStore", NO_LAKE),
    refused("CreateTrail", "cloudtrail:CreateTrail", ALWAYS_ON),
    refused("DeleteChannel", "cloudtrail:DeleteChannel", NO_LAKE),
    refused("DeleteDashboard", "cloudtrail:DeleteDashboard", NO_LAKE),
    refused("DeleteEventDataStore", "cloudtrail:DeleteEventDataStore", NO_LAKE),
    refused("DeleteResourcePolicy", "cloudtrail:DeleteResourcePolicy", NO_POLICIES),
    refused("DeleteTrail", "cloudtrail:DeleteTrail", ALWAYS_ON),
    refused("DeregisterOrganizationDelegatedAdmin", "cloudtrail:DeregisterOrganizationDelegatedAdmin", NO_ORGANIZATIONS),
    refused("DescribeQuery", "cloudtrail:DescribeQuery", NO_LAKE),
    refused("DescribeTrails", "cloudtrail:DescribeTrails", ALWAYS_ON),
    refused("DisableFederation", "cloudtrail:DisableFederation", NO_LAKE),
    refused("EnableFederation", "cloudtrail:EnableFederation", NO_LAKE),
    refused("GenerateQuery", "cloudtrail:GenerateQuery", NO_LAKE),
    refused("GetChannel", "cloudtrail:GetChannel", NO_LAKE),
    refused("GetDashboard", "cloudtrail:GetDashboard", NO_LAKE),
    refused("GetEventConfiguration", "cloudtrail:GetEventConfiguration", NO_LAKE),
    refused("GetEventDataStore", "cloudtrail:GetEventDataStore", NO_LAKE),
    refused("GetEventSelectors", "cloudtrail:GetEventSelectors", ALWAYS_ON),
    refused("GetImport", "cloudtrail:GetImport", NO_LAKE),
    refused("GetInsightSelectors", "cloudtrail:GetInsightSelectors", NO_INSIGHTS),
    refused("GetQueryResults", "cloudtrail:GetQueryResults", NO_LAKE),
    refused("GetResourcePolicy", "cloudtrail:GetResourcePolicy", NO_POLICIES),
    refused("GetTrail", "cloudtrail:GetTrail", ALWAYS_ON),
    refused("GetTrailStatus", "cloudtrail:GetTrailStatus", ALWAYS_ON),
    refused("ListChannels", "cloudtrail:ListChannels", NO_LAKE),
    refused("ListDashboards", "cloudtrail:ListDashboards", NO_LAKE),
    refused("ListEventDataStores", "cloudtrail:ListEventDataStores", NO_LAKE),
    refused("ListImportFailures", "cloudtrail:ListImportFailures", NO_LAKE),
    refused("ListImports", "cloudtrail:ListImports", NO_LAKE),
    refused("ListInsightsData", "cloudtrail:ListInsightsData", NO_INSIGHTS),
    refused("ListInsightsMetricData", "cloudtrail:ListInsightsMetricData", NO_INSIGHTS),
    refused("ListPublicKeys", "cloudtrail:ListPublicKeys", NO_DELIVERY),
    refused("ListQueries", "cloudtrail:ListQueries", NO_LAKE),
    refused("ListTags", "cloudtrail:ListTags", ALWAYS_ON),
    refused("ListTrails", "cloudtrail:ListTrails", ALWAYS_ON),
    Entry::works::<LookupEvents>(),
    refused("PutEventConfiguration", "cloudtrail:PutEventConfiguration", NO_LAKE),
    refused("PutEventSelectors", "cloudtrail:PutEventSelectors", ALWAYS_ON),
    refused("PutInsightSelectors", "cloudtrail:PutInsightSelectors", NO_INSIGHTS),
    refused("PutResourcePolicy", "cloudtrail:PutResourcePolicy", NO_POLICIES),
    refused("RegisterOrganizationDelegatedAdmin", "cloudtrail:RegisterOrganizationDelegatedAdmin", NO_ORGANIZATIONS),
    refused("RemoveTags", "cloudtrail:RemoveTags", ALWAYS_ON),
    refused("RestoreEventDataStore", "cloudtrail:RestoreEventDataStore", NO_LAKE),
    refused("SearchSampleQueries", "cloudtrail:SearchSampleQueries", NO_LAKE),
    refused("StartDashboardRefresh", "cloudtrail:StartDashboardRefresh", NO_LAKE),
    refused("StartEventDataStoreIngestion", "cloudtrail:StartEventDataStoreIngestion", NO_LAKE),
    refused("StartImport", "cloudtrail:StartImport", NO_LAKE),
    refused("StartLogging", "cloudtrail:StartLogging", ALWAYS_ON),
    refused("StartQuery", "cloudtrail:StartQuery", NO_LAKE),
    refused("StopEventDataStoreIngestion", "cloudtrail:StopEventDataStoreIngestion", NO_LAKE),
    refused("StopImport", "cloudtrail:StopImport", NO_LAKE),
    refused("StopLogging", "cloudtrail:StopLogging", ALWAYS_ON),
    refused("UpdateChannel", "cloudtrail:UpdateChannel", NO_LAKE),
    refused("UpdateDashboard", "cloudtrail:UpdateDashboard", NO_LAKE),
    refused("UpdateEventDataStore", "cloudtrail:UpdateEventDataStore", NO_LAKE),
    refused("UpdateTrail", "cloudtrail:UpdateTrail", ALWAYS_ON),
];

/// The operations of our own, sorted by name.
pub const OWN_OPERATIONS: &[Entry<Service>] = &[Entry::works::<GetAuditEvents>()];

const fn refused(name: &'static str, action: &'static str, reason: &'static str) -> Entry<Service> {
    Entry::refused_with(name, action, "UnsupportedOperationException", reason)
}

/// CloudTrail as the door sees it.
pub fn table(trail: Service) -> Table<Service> {
    Table {
        signing_names: &["cloudtrail"],
        target_prefix: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
        forms: Forms::NONE,
        entries: OPERATIONS,
        service: Arc::new(trail),
    }
}

/// What is our own as the door sees it.
pub fn own_table(trail: Service) -> Table<Service> {
    Table {
        signing_names: &["shardmill"],
        target_prefix: "Shardmill_20261101",
        forms: Forms::NONE,
        entries: OWN_OPERATIONS,
        service: Arc::new(trail),
    }
}
