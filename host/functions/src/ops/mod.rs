//! The operations of Lambda and our own, one file each, and the tables of them.

mod add_permission;
mod alias_members;
mod create_alias;
mod create_event_source_mapping;
mod create_function;
mod delete_alias;
mod delete_event_source_mapping;
mod delete_function;
mod delete_function_concurrency;
mod delete_function_event_invoke_config;
mod event_invoke_members;
mod event_source;
mod function_members;
mod get_account_settings;
mod get_alias;
mod get_event_source_mapping;
mod get_function;
mod get_function_concurrency;
mod get_function_configuration;
mod get_function_event_invoke_config;
mod get_function_logs;
mod get_function_stats;
mod get_policy;
mod get_state;
mod given;
mod invoke;
mod list_aliases;
mod list_event_source_mappings;
mod list_function_event_invoke_configs;
mod list_functions;
mod list_parked_records;
mod list_state_keys;
mod list_tags;
mod list_versions_by_function;
mod mapping_members;
mod mapping_shapes;
mod mapping_target;
mod paged;
mod publish_version;
mod put_function_concurrency;
mod put_function_event_invoke_config;
mod redrive_parked_records;
mod remove_permission;
mod rules;
mod shapes;
mod tag_resource;
mod tags;
mod target;
mod untag_resource;
mod update_alias;
mod update_event_source_mapping;
mod update_function_code;
mod update_function_configuration;
mod update_function_event_invoke_config;

use std::sync::Arc;

use wire::rest::Method;
use wire::{Entry, Forms, Table};

use crate::Functions;
use add_permission::AddPermission;
use create_alias::CreateAlias;
use create_event_source_mapping::CreateEventSourceMapping;
use create_function::CreateFunction;
use delete_alias::DeleteAlias;
use delete_event_source_mapping::DeleteEventSourceMapping;
use delete_function::DeleteFunction;
use delete_function_concurrency::DeleteFunctionConcurrency;
use delete_function_event_invoke_config::DeleteFunctionEventInvokeConfig;
use get_account_settings::GetAccountSettings;
use get_alias::GetAlias;
use get_event_source_mapping::GetEventSourceMapping;
use get_function::GetFunction;
use get_function_concurrency::GetFunctionConcurrency;
use get_function_configuration::GetFunctionConfiguration;
use get_function_event_invoke_config::GetFunctionEventInvokeConfig;
use get_function_logs::GetFunctionLogs;
use get_function_stats::GetFunctionStats;
use get_policy::GetPolicy;
use get_state::GetState;
use invoke::Invoke;
use list_aliases::ListAliases;
use list_event_source_mappings::ListEventSourceMappings;
use list_function_event_invoke_configs::ListFunctionEventInvokeConfigs;
use list_functions::ListFunctions;
use list_parked_records::ListParkedRecords;
use list_state_keys::ListStateKeys;
use list_tags::ListTags;
use list_versions_by_function::ListVersionsByFunction;
use publish_version::PublishVersion;
use put_function_concurrency::PutFunctionConcurrency;
use put_function_event_invoke_config::PutFunctionEventInvokeConfig;
use redrive_parked_records::RedriveParkedRecords;
use remove_permission::RemovePermission;
use tag_resource::TagResource;
use untag_resource::UntagResource;
use update_alias::UpdateAlias;
use update_event_source_mapping::UpdateEventSourceMapping;
use update_function_code::UpdateFunctionCode;
use update_function_configuration::UpdateFunctionConfiguration;
use update_function_event_invoke_config::UpdateFunctionEventInvokeConfig;

/// What operations work on: they start tasks that outlive a call.
pub type Service = Arc<Functions>;

// Why an operation of the model is refused.
const LATER: &str = "not built yet";
const OTHER_ASYNC: &str = "use Invoke with InvocationType Event";
const NO_CAPACITY: &str = "functions run where this server runs";
const NO_DURABLE: &str = "there are no durable executions";
const NO_LAYERS: &str = "there are no layers; a component brings all it needs";
const NO_POLICIES: &str = "use AddPermission, RemovePermission and GetPolicy";
const NO_PROVISIONS: &str = "instances are kept warm by themselves";
const NO_RESPONSE_STREAMS: &str = "a function answers as a whole; use Invoke";
const NO_RUNTIMES: &str = "components bring their runtime along";
const NO_SIGNING: &str = "code is not signed";
const NO_URLS: &str = "functions have no URLs";

/// The model's operations, sorted by name.
#[rustfmt::skip]
pub const OPERATIONS: &[Entry<Service>] = &[
    refused("AddLayerVersionPermission", "lambda:AddLayerVersionPermission", (Method::Post, "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy"), NO_LAYERS),
    Entry::rest::<AddPermission>(),
    refused("CheckpointDurableExecution", "lambda:CheckpointDurableExecution", (Method::Post, "/2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint"), NO_DURABLE),
    Entry::rest::<CreateAlias>(),
    refused("CreateCapacityProvider", "lambda:CreateCapacityProvider", (Method::Post, "/2025-11-30/capacity-providers"), NO_CAPACITY),
    refused("CreateCodeSigningConfig", "lambda:CreateCodeSigningConfig", (Method::Post, "/2020-04-22/code-signing-configs"), NO_SIGNING),
    Entry::rest::<CreateEventSourceMapping>(),
    Entry::rest::<CreateFunction>(),
    refused("CreateFunctionUrlConfig", "lambda:CreateFunctionUrlConfig", (Method::Post, "/2021-10-31/functions/{FunctionName}/url"), NO_URLS),
    Entry::rest::<DeleteAlias>(),
    refused("DeleteCapacityProvider", "lambda:DeleteCapacityProvider", (Method::Delete, "/2025-11-30/capacity-providers/{CapacityProviderName}"), NO_CAPACITY),
    refused("DeleteCodeSigningConfig", "lambda:DeleteCodeSigningConfig", (Method::Delete, "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"), NO_SIGNING),
    refused("DeleteDurableExecution", "lambda:DeleteDurableExecution", (Method::Delete, "/2025-12-01/durable-executions/{DurableExecutionArn}"), NO_DURABLE),
    Entry::rest::<DeleteEventSourceMapping>(),
    Entry::rest::<DeleteFunction>(),
    refused("DeleteFunctionCodeSigningConfig", "lambda:DeleteFunctionCodeSigningConfig", (Method::Delete, "/2020-06-30/functions/{FunctionName}/code-signing-config"), NO_SIGNING),
    Entry::rest::<DeleteFunctionConcurrency>(),
    Entry::rest::<DeleteFunctionEventInvokeConfig>(),
    refused("DeleteFunctionUrlConfig", "lambda:DeleteFunctionUrlConfig", (Method::Delete, "/2021-10-31/functions/{FunctionName}/url"), NO_URLS),
    refused("DeleteLayerVersion", "lambda:DeleteLayerVersion", (Method::Delete, "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}"), NO_LAYERS),
    refused("DeleteProvisionedConcurrencyConfig", "lambda:DeleteProvisionedConcurrencyConfig", (Method::Delete, "/2019-09-30/functions/{FunctionName}/provisioned-concurrency"), NO_PROVISIONS),
    refused("DeleteResourcePolicy", "lambda:DeleteResourcePolicy", (Method::Delete, "/2026-07-09/resource-policy/{ResourceArn}"), NO_POLICIES),
    Entry::rest::<GetAccountSettings>(),
    Entry::rest::<GetAlias>(),
    refused("GetCapacityProvider", "lambda:GetCapacityProvider", (Method::Get, "/2025-11-30/capacity-providers/{CapacityProviderName}"), NO_CAPACITY),
    refused("GetCodeSigningConfig", "lambda:GetCodeSigningConfig", (Method::Get, "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"), NO_SIGNING),
    refused("GetDurableExecution", "lambda:GetDurableExecution", (Method::Get, "/2025-12-01/durable-executions/{DurableExecutionArn}"), NO_DURABLE),
    refused("GetDurableExecutionHistory", "lambda:GetDurableExecutionHistory", (Method::Get, "/2025-12-01/durable-executions/{DurableExecutionArn}/history"), NO_DURABLE),
    refused("GetDurableExecutionState", "lambda:GetDurableExecutionState", (Method::Get, "/2025-12-01/durable-executions/{DurableExecutionArn}/state"), NO_DURABLE),
    Entry::rest::<GetEventSourceMapping>(),
    Entry::rest::<GetFunction>(),
    refused("GetFunctionCodeSigningConfig", "lambda:GetFunctionCodeSigningConfig", (Method::Get, "/2020-06-30/functions/{FunctionName}/code-signing-config"), NO_SIGNING),
    Entry::rest::<GetFunctionConcurrency>(),
    Entry::rest::<GetFunctionConfiguration>(),
    Entry::rest::<GetFunctionEventInvokeConfig>(),
    refused("GetFunctionRecursionConfig", "lambda:GetFunctionRecursionConfig", (Method::Get, "/2024-08-31/functions/{FunctionName}/recursion-config"), LATER),
    refused("GetFunctionScalingConfig", "lambda:GetFunctionScalingConfig", (Method::Get, "/2025-11-30/functions/{FunctionName}/function-scaling-config"), NO_CAPACITY),
    refused("GetFunctionUrlConfig", "lambda:GetFunctionUrlConfig", (Method::Get, "/2021-10-31/functions/{FunctionName}/url"), NO_URLS),
    refused("GetLayerVersion", "lambda:GetLayerVersion", (Method::Get, "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}"), NO_LAYERS),
    refused("GetLayerVersionByArn", "lambda:GetLayerVersion", (Method::Get, "/2018-10-31/layers?find=LayerVersion"), NO_LAYERS),
    refused("GetLayerVersionPolicy", "lambda:GetLayerVersionPolicy", (Method::Get, "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy"), NO_LAYERS),
    Entry::rest::<GetPolicy>(),
    refused("GetProvisionedConcurrencyConfig", "lambda:GetProvisionedConcurrencyConfig", (Method::Get, "/2019-09-30/functions/{FunctionName}/provisioned-concurrency"), NO_PROVISIONS),
    refused("GetResourcePolicy", "lambda:GetResourcePolicy", (Method::Get, "/2026-07-09/resource-policy/{ResourceArn}"), NO_POLICIES),
    refused("GetRuntimeManagementConfig", "lambda:GetRuntimeManagementConfig", (Method::Get, "/2021-07-20/functions/{FunctionName}/runtime-management-config"), NO_RUNTIMES),
    Entry::rest::<Invoke>(),
    refused("InvokeAsync", "lambda:InvokeAsync", (Method::Post, "/2014-11-13/functions/{FunctionName}/invoke-async"), OTHER_ASYNC),
    refused("InvokeWithResponseStream", "lambda:InvokeFunction", (Method::Post, "/2021-11-15/functions/{FunctionName}/response-streaming-invocations"), NO_RESPONSE_STREAMS),
    Entry::rest::<ListAliases>(),
    refused("ListCapacityProviders", "lambda:ListCapacityProviders", (Method::Get, "/2025-11-30/capacity-providers"), NO_CAPACITY),
    refused("ListCodeSigningConfigs", "lambda:ListCodeSigningConfigs", (Method::Get, "/2020-04-22/code-signing-configs"), NO_SIGNING),
    refused("ListDurableExecutionsByFunction", "lambda:ListDurableExecutionsByFunction", (Method::Get, "/2025-12-01/functions/{FunctionName}/durable-executions"), NO_DURABLE),
    Entry::rest::<ListEventSourceMappings>(),
    Entry::rest::<ListFunctionEventInvokeConfigs>(),
    refused("ListFunctionUrlConfigs", "lambda:ListFunctionUrlConfigs", (Method::Get, "/2021-10-31/functions/{FunctionName}/urls"), NO_URLS),
    refused("ListFunctionVersionsByCapacityProvider", "lambda:ListFunctionVersionsByCapacityProvider", (Method::Get, "/2025-11-30/capacity-providers/{CapacityProviderName}/function-versions"), NO_CAPACITY),
    Entry::rest::<ListFunctions>(),
    refused("ListFunctionsByCodeSigningConfig", "lambda:ListFunctionsByCodeSigningConfig", (Method::Get, "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions"), NO_SIGNING),
    refused("ListLayerVersions", "lambda:ListLayerVersions", (Method::Get, "/2018-10-31/layers/{LayerName}/versions"), NO_LAYERS),
    refused("ListLayers", "lambda:ListLayers", (Method::Get, "/2018-10-31/layers"), NO_LAYERS),
    refused("ListProvisionedConcurrencyConfigs", "lambda:ListProvisionedConcurrencyConfigs", (Method::Get, "/2019-09-30/functions/{FunctionName}/provisioned-concurrency?List=ALL"), NO_PROVISIONS),
    Entry::rest::<ListTags>(),
    Entry::rest::<ListVersionsByFunction>(),
    refused("PauseDurableExecution", "lambda:PauseDurableExecution", (Method::Post, "/2025-12-01/durable-executions/{DurableExecutionArn}/pause"), NO_DURABLE),
    refused("PublishLayerVersion", "lambda:PublishLayerVersion", (Method::Post, "/2018-10-31/layers/{LayerName}/versions"), NO_LAYERS),
    Entry::rest::<PublishVersion>(),
    refused("PutFunctionCodeSigningConfig", "lambda:PutFunctionCodeSigningConfig", (Method::Put, "/2020-06-30/functions/{FunctionName}/code-signing-config"), NO_SIGNING),
    Entry::rest::<PutFunctionConcurrency>(),
    Entry::rest::<PutFunctionEventInvokeConfig>(),
    refused("PutFunctionRecursionConfig", "lambda:PutFunctionRecursionConfig", (Method::Put, "/2024-08-31/functions/{FunctionName}/recursion-config"), LATER),
    refused("PutFunctionScalingConfig", "lambda:PutFunctionScalingConfig", (Method::Put, "/2025-11-30/functions/{FunctionName}/function-scaling-config"), NO_CAPACITY),
    refused("PutProvisionedConcurrencyConfig", "lambda:PutProvisionedConcurrencyConfig", (Method::Put, "/2019-09-30/functions/{FunctionName}/provisioned-concurrency"), NO_PROVISIONS),
    refused("PutResourcePolicy", "lambda:PutResourcePolicy", (Method::Put, "/2026-07-09/resource-policy/{ResourceArn}"), NO_POLICIES),
    refused("PutRuntimeManagementConfig", "lambda:PutRuntimeManagementConfig", (Method::Put, "/2021-07-20/functions/{FunctionName}/runtime-management-config"), NO_RUNTIMES),
    refused("RemoveLayerVersionPermission", "lambda:RemoveLayerVersionPermission", (Method::Delete, "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}"), NO_LAYERS),
    Entry::rest::<RemovePermission>(),
    refused("ResumeDurableExecution", "lambda:ResumeDurableExecution", (Method::Post, "/2025-12-01/durable-executions/{DurableExecutionArn}/resume"), NO_DURABLE),
    refused("SendDurableExecutionCallbackFailure", "lambda:SendDurableExecutionCallbackFailure", (Method::Post, "/2025-12-01/durable-execution-callbacks/{CallbackId}/fail"), NO_DURABLE),
    refused("SendDurableExecutionCallbackHeartbeat", "lambda:SendDurableExecutionCallbackHeartbeat", (Method::Post, "/2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat"), NO_DURABLE),
    refused("SendDurableExecutionCallbackSuccess", "lambda:SendDurableExecutionCallbackSuccess", (Method::Post, "/2025-12-01/durable-execution-callbacks/{CallbackId}/succeed"), NO_DURABLE),
    refused("StopDurableExecution", "lambda:StopDurableExecution", (Method::Post, "/2025-12-01/durable-executions/{DurableExecutionArn}/stop"), NO_DURABLE),
    Entry::rest::<TagResource>(),
    Entry::rest::<UntagResource>(),
    Entry::rest::<UpdateAlias>(),
    refused("UpdateCapacityProvider", "lambda:UpdateCapacityProvider", (Method::Put, "/2025-11-30/capacity-providers/{CapacityProviderName}"), NO_CAPACITY),
    refused("UpdateCodeSigningConfig", "lambda:UpdateCodeSigningConfig", (Method::Put, "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"), NO_SIGNING),
    Entry::rest::<UpdateEventSourceMapping>(),
    Entry::rest::<UpdateFunctionCode>(),
    Entry::rest::<UpdateFunctionConfiguration>(),
    Entry::rest::<UpdateFunctionEventInvokeConfig>(),
    refused("UpdateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig", (Method::Put, "/2021-10-31/functions/{FunctionName}/url"), NO_URLS),
];

/// The operations of our own, sorted by name.
pub const OWN_OPERATIONS: &[Entry<Service>] = &[
    Entry::works::<GetFunctionLogs>(),
    Entry::works::<GetFunctionStats>(),
    Entry::works::<GetState>(),
    Entry::works::<ListParkedRecords>(),
    Entry::works::<ListStateKeys>(),
    Entry::works::<RedriveParkedRecords>(),
];

const fn refused(
    name: &'static str,
    action: &'static str,
    binding: (Method, &'static str),
    reason: &'static str,
) -> Entry<Service> {
    Entry::rest_refused(name, action, binding, reason)
}

/// Lambda as the door sees it.
pub fn table(functions: Service) -> Table<Service> {
    let service = Arc::new(functions);
    Table {
        signing_names: &["lambda"],
        target_prefix: "",
        forms: Forms::NONE,
        entries: OPERATIONS,
        service,
    }
}

/// What is our own as the door sees it.
pub fn own_table(functions: Service) -> Table<Service> {
    Table {
        signing_names: &["shardmill"],
        target_prefix: "Shardmill_20261101",
        forms: Forms::NONE,
        entries: OWN_OPERATIONS,
        service: Arc::new(functions),
    }
}
