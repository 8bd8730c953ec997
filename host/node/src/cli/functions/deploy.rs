//! `shardmill functions deploy`: make a function, or bring it up to date.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::builder::NonEmptyStringValueParser;
use domain::{AccountId, ArnParts, limits};
use serde_json::{Map, Value, json};

use super::package::{Kind, Package};
use super::role;
use crate::cli::progress;
use crate::cli::style::Style;
use crate::cli::target::Target;
use crate::client::{Client, ClientError, Function, Seams};
use crate::refusal::Refusal;

const MEMORY: RangeInclusive<i64> =
    limits::FUNCTION_MEMORY_MIB_MIN as i64..=limits::FUNCTION_MEMORY_MIB_MAX as i64;
const TIMEOUT: RangeInclusive<i64> = 1..=limits::FUNCTION_TIMEOUT_SECONDS_MAX as i64;

/// Make a function, or bring its code and settings up to date
///
/// What is not named stays as it is. Nothing is uploaded if the server has the same code already. A change
/// of code comes first; if the server refuses it, the settings are not touched.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions deploy quakes quakes.wasm
  shardmill functions deploy quakes quakes.wasm --env MIN_MAGNITUDE=2.5 --memory 256 --timeout 5
  shardmill functions deploy hello hello.wat --json | jq .function.CodeSha256")]
pub(super) struct Args {
    /// Name of the function
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: String,

    /// Component, core module, WAT, or a zip with one of them
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    settings: Settings,

    /// Print what was done, and the function, as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

#[derive(Clone, Debug, Default, clap::Args)]
struct Settings {
    /// Role whose policies say what it may do [default: the account's role `functions`, which may use its streams and
    /// keep state, and is made if it is not there]
    #[arg(long, value_name = "ARN")]
    role: Option<String>,

    /// A variable for it; may be given several times; those given replace all that it has
    #[arg(long = "env", value_name = "KEY=VALUE", value_parser = parse_variable)]
    variables: Vec<(String, String)>,

    /// Memory in MiB [default: 128]
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u32).range(MEMORY))]
    memory: Option<u32>,

    /// How long one call may take [default: 3]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(TIMEOUT))]
    timeout: Option<u32>,

    /// What it is for, in words
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

fn parse_variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".to_owned()),
    }
}

/// What was done to a function.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Deed {
    Created,
    /// What of it was changed; nothing if it was up to date.
    Updated(Vec<&'static str>),
}

impl Deed {
    fn name(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated(changes) if changes.is_empty() => "unchanged",
            Self::Updated(_) => "updated",
        }
    }
}

/// Deploys, waits until the server is done, prints what came of it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let package = Package::read(&args.file)?;
    let name = &args.name;
    let bar = progress::busy(format!("deploying {name}"));
    let deployed = async {
        let deed = deploy(&client, &args, &package, seams).await?;
        let function = client.settled_function(name).await?;
        Ok::<_, anyhow::Error>((deed, function))
    };
    let deployed = deployed.await;
    bar.finish_and_clear();
    let (deed, function) = deployed.with_context(|| format!("cannot deploy `{name}`"))?;
    print(&args, &package, &deed, &function)?;
    match function.failure() {
        Some(reason) => Err(Refusal::failed(format!("`{name}` cannot run: {reason}")).into()),
        None => Ok(()),
    }
}

async fn deploy(
    client: &Client,
    args: &Args,
    package: &Package,
    seams: &Seams,
) -> anyhow::Result<Deed> {
    let Args { name, settings, .. } = args;
    let there = match client.function(name).await {
        Ok(there) => there,
        Err(error) if error.code() == Some("ResourceNotFoundException") => {
            let account = account_in(&error);
            if settings.role.is_none() {
                role::ensure(&args.target.own_client(seams)?, account).await?;
            }
            let input = creation(name, settings, package, account);
            let created = client.create_function(&input).await;
            created.map_err(|error| explain_upload(error, args, package))?;
            return Ok(Deed::Created);
        }
        Err(error) => return Err(error.into()),
    };
    let mut changes = Vec::new();
    if there.code_sha256 != package.sha256() {
        let updated = client.update_code(name, &json!({ "ZipFile": package.base64() })).await;
        updated.map_err(|error| explain_upload(error, args, package))?;
        client.settled_function(name).await?;
        changes.push("code");
    }
    let (names, input) = settings_that_differ(settings, &there);
    if !names.is_empty() {
        let updated = client.update_configuration(name, &Value::Object(input)).await;
        updated.with_context(|| match changes.is_empty() {
            true => "settings are as they were",
            false => "code is new, settings are as they were",
        })?;
        changes.extend(names);
    }
    Ok(Deed::Updated(changes))
}

/// Says of code that the server does not take how to look into it; leaves other errors as they are.
fn explain_upload(error: ClientError, args: &Args, package: &Package) -> anyhow::Error {
    let is_code = error.code() == Some("InvalidParameterValueException");
    if !is_code || package.kind == Kind::Zip {
        return error.into();
    }
    let hint = format!("`shardmill guest check {}` looks into it", args.file.display());
    Refusal::failed("the server does not take it").because(error).hint(hint).into()
}

/// The caller's account: it stands in the ARN of the function that is not there.
fn account_in(not_found: &ClientError) -> AccountId {
    let text = not_found.to_string();
    let arn = text.split_whitespace().find(|word| word.starts_with("arn:aws:lambda:"));
    let account = arn.and_then(|arn| ArnParts::of(arn)?.owner());
    account.unwrap_or(AccountId::DEV)
}

/// What CreateFunction takes.
fn creation(name: &str, settings: &Settings, package: &Package, account: AccountId) -> Value {
    let mut input = members(settings);
    input.entry("Role").or_insert_with(|| role::arn(account).into());
    input.insert("FunctionName".to_owned(), name.into());
    input.insert("Runtime".to_owned(), "provided.al2023".into());
    input.insert("Handler".to_owned(), "handle".into());
    input.insert("Code".to_owned(), json!({ "ZipFile": package.base64() }));
    Value::Object(input)
}

/// The settings that were named, as Lambda names them.
fn members(settings: &Settings) -> Map<String, Value> {
    let Settings { role, variables, memory, timeout, description } = settings;
    let mut members = Map::new();
    let mut set = |member: &str, value: Option<Value>| {
        if let Some(value) = value {
            members.insert(member.to_owned(), value);
        }
    };
    set("Role", role.as_deref().map(Value::from));
    set("MemorySize", memory.map(Value::from));
    set("Timeout", timeout.map(Value::from));
    set("Description", description.as_deref().map(Value::from));
    if !variables.is_empty() {
        let variables: BTreeMap<&String, &String> = variables.iter().map(|(k, v)| (k, v)).collect();
        set("Environment", Some(json!({ "Variables": variables })));
    }
    members
}

/// The named settings that are not so yet: what people call them, and what UpdateFunctionConfiguration takes.
fn settings_that_differ(
    settings: &Settings,
    there: &Function,
) -> (Vec<&'static str>, Map<String, Value>) {
    let variables = there.environment.clone().unwrap_or_default().variables;
    let is = [
        ("Role", "role", json!(there.role)),
        ("MemorySize", "memory", json!(there.memory_size)),
        ("Timeout", "timeout", json!(there.timeout)),
        ("Description", "description", json!(there.description)),
        ("Environment", "variables", json!({ "Variables": variables })),
    ];
    let mut members = members(settings);
    let mut names = Vec::new();
    for (member, name, is) in is {
        match members.get(member) {
            Some(wanted) if *wanted == is => drop(members.remove(member)),
            Some(_) => names.push(name),
            None => {}
        }
    }
    (names, members)
}

fn print(args: &Args, package: &Package, deed: &Deed, function: &Function) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if args.json {
        let told = json!({ "action": deed.name(), "function": function });
        writeln!(out, "{}", serde_json::to_string_pretty(&told)?)?;
        return Ok(());
    }
    let style = Style::stdout();
    let (name, kind) = (&function.function_name, package.kind.name());
    let size = progress::size(function.code_size);
    let what = match deed {
        Deed::Updated(changes) if !changes.is_empty() => format!(": {}", changes.join(", ")),
        _ => String::new(),
    };
    writeln!(out, "{} {name}{what} ({kind}, {size})", style.good(deed.name()))?;
    writeln!(out, "  arn        {}", function.function_arn)?;
    writeln!(out, "  sha256     {}", hex_of(&function.code_sha256))?;
    writeln!(out, "  memory     {} MiB", function.memory_size)?;
    writeln!(out, "  timeout    {} s", function.timeout)?;
    // Values may be secrets, and terminals are recorded.
    let variables = function.environment.clone().unwrap_or_default().variables;
    if !variables.is_empty() {
        let names: Vec<String> = variables.into_keys().collect();
        writeln!(out, "  variables  {}", names.join(", "))?;
    }
    Ok(())
}

/// A digest as `sha256sum` prints it; as it came if it is not base64.
fn hex_of(base64: &str) -> String {
    match base64_simd::STANDARD.decode_to_vec(base64) {
        Ok(bytes) => stdx::hex(&bytes),
        Err(_) => base64.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    fn settings() -> Settings {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        Settings {
            variables: vec![pair("A", "1"), pair("B", "x=y")],
            memory: Some(64),
            timeout: Some(5),
            ..Settings::default()
        }
    }

    #[test]
    fn variables_are_split_at_the_first_sign() {
        assert_eq!(parse_variable("A=b=c"), Ok(("A".to_owned(), "b=c".to_owned())));
        assert_eq!(parse_variable("A="), Ok(("A".to_owned(), String::new())));
        assert!(parse_variable("A").is_err() && parse_variable("=b").is_err());
    }

    #[test]
    fn a_new_function_has_what_was_named_and_a_role() {
        let package = Package { bytes: b"abc".to_vec(), kind: Kind::Component };
        let input = creation("f", &settings(), &package, AccountId::DEV);
        assert_eq!(
            input,
            json!({
                "FunctionName": "f", "Runtime": "provided.al2023", "Handler": "handle",
                "Role": "arn:aws:iam::000000000000:role/functions", "Code": { "ZipFile": "YWJj" },
                "MemorySize": 64, "Timeout": 5, "Environment": { "Variables": { "A": "1", "B": "x=y" } },
            })
        );
    }

    #[test]
    fn only_what_differs_is_changed() {
        let there = |memory: u32, variables: Value| -> Function {
            serde_json::from_value(json!({
                "FunctionName": "f", "FunctionArn": "a", "MemorySize": memory, "Timeout": 5,
                "Environment": { "Variables": variables }
            }))
            .unwrap()
        };
        let same = json!({ "A": "1", "B": "x=y" });
        let differ = |there: Function| settings_that_differ(&settings(), &there);
        assert_eq!(differ(there(64, same.clone())), (vec![], Map::new()));
        let (names, input) = differ(there(128, same));
        assert_eq!((names, Value::Object(input)), (vec!["memory"], json!({ "MemorySize": 64 })));
        let (names, input) = differ(there(64, json!({ "A": "1" })));
        assert_eq!(names, ["variables"]);
        assert_eq!(input["Environment"]["Variables"]["B"], "x=y");
    }

    #[test]
    fn the_account_is_read_from_the_arn_that_is_not_there() {
        let error = |message: &str| ClientError::Api {
            status: StatusCode::NOT_FOUND,
            code: "ResourceNotFoundException".to_owned(),
            message: message.to_owned(),
        };
        let told = "Function not found: arn:aws:lambda:us-east-1:123456789012:function:f";
        assert_eq!(account_in(&error(told)).to_string(), "123456789012");
        assert_eq!(account_in(&error("Function not found")), AccountId::DEV);
    }

    #[test]
    fn digests_are_shown_as_tools_show_them() {
        let base64 = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex_of(base64), hex);
        assert_eq!(hex_of("?"), "?");
    }
}
