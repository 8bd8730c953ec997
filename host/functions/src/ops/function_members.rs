//! The members that say how a function is run, which CreateFunction and UpdateFunctionConfiguration share.

use std::sync::Arc;

use domain::limits;
use serde::Deserialize;
use wire::Checks;
use wire::shape::{Flag, Int, List, Structure, Text};

use super::given::{Given, Variables};
use super::rules;
use crate::Result;
use crate::aggregated::Wanted;
use crate::error::Invalid;
use crate::function::{Architecture, Config};
use crate::language::Language;

/// The members, all of which may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct FunctionMembers<'a> {
    #[serde(borrow)]
    runtime: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) role: Option<Text<'a>>,
    #[serde(borrow)]
    handler: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    timeout: Option<Int>,
    memory_size: Option<Int>,
    #[serde(borrow)]
    environment: Option<Structure<Environment<'a>>>,
    #[serde(borrow)]
    architectures: Option<List<Text<'a>, 2>>,
    #[serde(borrow)]
    package_type: Option<Text<'a>>,
    #[serde(borrow)]
    tracing_config: Option<Structure<TracingConfig<'a>>>,
    #[serde(borrow)]
    snap_start: Option<Structure<SnapStart<'a>>>,
    #[serde(borrow)]
    logging_config: Option<Structure<LoggingConfig<'a>>>,
    ephemeral_storage: Option<Structure<EphemeralStorage>>,
    vpc_config: Given,
    dead_letter_config: Given,
    #[serde(rename = "KMSKeyArn")]
    kms_key_arn: Given,
    layers: Given,
    file_system_configs: Given,
    code_signing_config_arn: Given,
    image_config: Given,
    tenancy_config: Given,
    capacity_provider_config: Given,
    durable_config: Given,
    runtime_config: Given,
    accelerator_config: Given,
    #[serde(borrow)]
    publish_to: Option<Text<'a>>,
    publish: Option<Flag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Environment<'a> {
    #[serde(borrow)]
    variables: Option<Variables<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TracingConfig<'a> {
    #[serde(borrow)]
    mode: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SnapStart<'a> {
    #[serde(borrow)]
    apply_on: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LoggingConfig<'a> {
    #[serde(borrow)]
    log_format: Option<Text<'a>>,
    #[serde(default)]
    application_log_level: Given,
    #[serde(default)]
    system_log_level: Given,
    #[serde(default)]
    log_group: Given,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EphemeralStorage {
    size: Option<Int>,
}

/// Names that AWS keeps for itself (Lambda developer guide, reserved environment variables).
const RESERVED: [&str; 18] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
];

fn as_str<'t>(text: &'t Option<Text<'_>>) -> Option<&'t str> {
    text.as_ref().map(Text::as_str)
}

fn number(number: Option<Int>) -> Option<i64> {
    number.map(|Int(number)| number)
}

impl FunctionMembers<'_> {
    pub(super) fn check(&self, checks: &mut Checks) {
        checks.text("role", as_str(&self.role), rules::ROLE);
        checks.text("handler", as_str(&self.handler), rules::HANDLER);
        checks.text("description", as_str(&self.description), rules::DESCRIPTION);
        let timeout_max = limits::FUNCTION_TIMEOUT_SECONDS_MAX.into();
        checks.number("timeout", number(self.timeout), 1, timeout_max);
        let (least, most) = (limits::FUNCTION_MEMORY_MIB_MIN, limits::FUNCTION_MEMORY_MIB_MAX);
        checks.number("memorySize", number(self.memory_size), least.into(), most.into());
        checks.choice("packageType", as_str(&self.package_type), &["Zip", "Image"]);
        checks.choice("publishTo", as_str(&self.publish_to), &["LATEST_PUBLISHED"]);
        check_architectures(checks, self.architectures.as_ref());
        if let Some(variables) = self.variables() {
            check_variables(checks, variables);
        }
        if let Some(Structure(tracing)) = &self.tracing_config {
            let modes = ["Active", "PassThrough"];
            checks.choice("tracingConfig.mode", as_str(&tracing.mode), &modes);
        }
        if let Some(Structure(snap)) = &self.snap_start {
            let words = ["PublishedVersions", "None"];
            checks.choice("snapStart.applyOn", as_str(&snap.apply_on), &words);
        }
        if let Some(Structure(logging)) = &self.logging_config {
            let formats = ["JSON", "Text"];
            checks.choice("loggingConfig.logFormat", as_str(&logging.log_format), &formats);
        }
        if let Some(Structure(storage)) = &self.ephemeral_storage {
            checks.required("ephemeralStorage.size", storage.size.as_ref());
            checks.number("ephemeralStorage.size", number(storage.size), 512, 10_240);
        }
    }

    fn variables(&self) -> Option<&Variables<'_>> {
        let Structure(environment) = self.environment.as_ref()?;
        environment.variables.as_ref()
    }

    /// Puts the members that are given into `config`; those that ask for what is not here are refused.
    pub(super) fn put(&self, config: &mut Config) -> Result<()> {
        self.refuse_what_is_not_here()?;
        if let Some(runtime) = as_str(&self.runtime) {
            // AWS's own word for whatever brings its runtime along, and its newer kinds.
            let is_own =
                runtime == "provided" || runtime.starts_with("provided.") || runtime == "custom";
            if !is_own && Language::of_runtime(runtime).is_none() {
                return Err(Invalid::Runtime(runtime.chars().take(64).collect()).into());
            }
            config.runtime = Some(runtime.to_owned());
        }
        if let Some(handler) = as_str(&self.handler) {
            config.handler = Some(handler.to_owned());
        }
        if config.language().is_some() && config.handler.is_none() {
            return Err(Invalid::NoHandler.into());
        }
        if let Some(Ok(role)) = as_str(&self.role).map(str::parse) {
            config.role = role;
        }
        if let Some(description) = as_str(&self.description) {
            description.clone_into(&mut config.description);
        }
        let positive = |it: Option<Int>| it.and_then(|Int(number)| u32::try_from(number).ok());
        config.timeout_seconds = positive(self.timeout).unwrap_or(config.timeout_seconds);
        config.memory_mib = positive(self.memory_size).unwrap_or(config.memory_mib);
        if let Some(architecture) = architecture(self.architectures.as_ref()) {
            config.architecture = architecture;
        }
        if let Some(Structure(environment)) = &self.environment {
            config.environment = match &environment.variables {
                Some(variables) => environment_of(variables)?,
                None => Arc::default(),
            };
        }
        Ok(())
    }

    /// Whether the function is to be published at once.
    pub(super) fn is_published(&self) -> Result<bool> {
        is_published(self.publish, &self.publish_to)
    }

    fn refuse_what_is_not_here(&self) -> Result<()> {
        refuse(&[
            (self.vpc_config.0, "VpcConfig", "functions reach no network"),
            (
                self.dead_letter_config.0,
                "DeadLetterConfig",
                "this server has no queues or topics; PutFunctionEventInvokeConfig says where is told of events \
                that are given up",
            ),
            (self.kms_key_arn.0, "KMSKeyArn", "variables are stored as they are; leave it out"),
            (self.layers.0, "Layers", "put everything into the one component"),
            (self.file_system_configs.0, "FileSystemConfigs", "functions see no files"),
            (self.code_signing_config_arn.0, "CodeSigningConfigArn", "code is not signed"),
            (self.image_config.0, "ImageConfig", "functions are WebAssembly components"),
            (self.tenancy_config.0, "TenancyConfig", "an instance serves one function only"),
            (self.capacity_provider_config.0, "CapacityProviderConfig", "leave it out"),
            (self.durable_config.0, "DurableConfig", "leave it out"),
            (self.runtime_config.0, "RuntimeConfig", "leave it out"),
            (self.accelerator_config.0, "AcceleratorConfig", "leave it out"),
        ])?;
        let is = |text: &Option<Text<'_>>, word: &str| as_str(text) == Some(word);
        let tracing = self.tracing_config.as_ref();
        let snap = self.snap_start.as_ref();
        let logging = self.logging_config.as_ref();
        let size = self.ephemeral_storage.as_ref().and_then(|Structure(it)| number(it.size));
        refuse(&[
            (
                is(&self.package_type, "Image"),
                "PackageType Image",
                "functions are WebAssembly components; use Zip",
            ),
            (
                tracing.is_some_and(|Structure(it)| is(&it.mode, "Active")),
                "TracingConfig.Mode Active",
                "use PassThrough",
            ),
            (
                snap.is_some_and(|Structure(it)| is(&it.apply_on, "PublishedVersions")),
                "SnapStart.ApplyOn PublishedVersions",
                "components start without it; use None",
            ),
            (
                logging.is_some_and(|Structure(it)| {
                    is(&it.log_format, "JSON")
                        || it.application_log_level.0
                        || it.system_log_level.0
                        || it.log_group.0
                }),
                "LoggingConfig",
                "leave it out; GetFunctionLogs of this server shows each function's log",
            ),
            (
                size.is_some_and(|size| size != 512),
                "EphemeralStorage",
                "functions see no files; leave it out",
            ),
        ])
    }
}

/// Refuses the first of several things that are asked for.
pub(super) fn refuse(asked: &[(bool, &'static str, &'static str)]) -> Result<()> {
    match asked.iter().find(|(is_asked, ..)| *is_asked) {
        Some((_, what, instead)) => Err(Invalid::Unsupported { what, instead }.into()),
        None => Ok(()),
    }
}

/// Whether a function is to be published with the call.
pub(super) fn is_published(publish: Option<Flag>, to: &Option<Text<'_>>) -> Result<bool> {
    refuse(&[(to.is_some(), "PublishTo", "use Publish")])?;
    Ok(publish == Some(Flag(true)))
}

/// Checks the list of architectures.
pub(super) fn check_architectures(checks: &mut Checks, list: Option<&List<Text<'_>, 2>>) {
    let Some(list) = list else { return };
    let words = list.kept().iter().map(|it| it.as_ref().map_or("null", Text::as_str));
    let shown = format!("[{}]", words.collect::<Vec<_>>().join(", "));
    checks.length("architectures", &shown, list.count(), 1, 1);
    if let Some(word) = list.kept().first() {
        let word = word.as_ref().map(Text::as_str);
        checks.choice("architectures.1.member", word, &Architecture::WORDS);
    }
}

/// The one architecture of the list.
pub(super) fn architecture(list: Option<&List<Text<'_>, 2>>) -> Option<Architecture> {
    let word = list?.kept().first()?.as_ref()?;
    Architecture::from_word(word.as_str())
}

fn check_variables(checks: &mut Checks, variables: &Variables<'_>) {
    let fits = |name: &str| {
        let mut bytes = name.bytes();
        let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic());
        let rest =
            bytes.len() > 0 && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        first && rest
    };
    let names = variables.kept.iter().map(|(name, _)| name.as_str());
    let bad: Vec<&str> = names.filter(|name| !fits(name)).take(10).collect();
    if !bad.is_empty() {
        // The values may be secrets.
        let shown = format!("{{{}}}", bad.join(", "));
        let constraint = "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]";
        checks.broken(Some(&shown), &"environment.variables", constraint);
    }
}

/// The variables by name, if there are not too many.
fn environment_of(variables: &Variables<'_>) -> Result<Arc<[(String, String)]>> {
    let names = variables.kept.iter().map(|(name, _)| name.as_str());
    let reserved: Vec<&str> = names.filter(|name| RESERVED.contains(name)).collect();
    if !reserved.is_empty() {
        return Err(Invalid::EnvironmentReserved(reserved.join(", ")).into());
    }
    let json = |text: &str| serde_json::to_string(text).map_or(0, |json| json.len());
    let pairs = variables.kept.iter();
    let bytes = pairs.map(|(name, value)| json(&name.0) + json(&value.0) + 2).sum::<usize>() + 1;
    if variables.is_cut || bytes > limits::FUNCTION_ENVIRONMENT_BYTES_MAX {
        return Err(Invalid::EnvironmentBytes(bytes).into());
    }
    let mut sorted: Vec<(String, String)> = Vec::new();
    for (name, value) in &variables.kept {
        if value.as_str().contains('\0') {
            return Err(Invalid::EnvironmentCharacters(name.as_str().to_owned()).into());
        }
        if name.as_str() == Wanted::VARIABLE && Wanted::from_word(value.as_str()).is_none() {
            let value = value.as_str().chars().take(64).collect();
            return Err(Invalid::EnvironmentAggregated(value).into());
        }
        sorted.push((name.as_str().to_owned(), value.as_str().to_owned()));
    }
    sorted.sort_unstable();
    Ok(sorted.into())
}
