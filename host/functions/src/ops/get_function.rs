//! GetFunction: a function with where its code is and its tags.

use std::collections::BTreeMap;

use serde::Serialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::put_function_concurrency::Reserved;
use super::rules;
use super::shapes::FunctionConfiguration;
use super::tags;
use super::target::Target;
use crate::{Error, Result};

pub(super) struct GetFunction;

impl RestOperation for GetFunction {
    const NAME: &str = "GetFunction";
    const ACTION: &str = "lambda:GetFunction";
    const METHOD: Method = Method::Get;
    const PATH: &str = "/2015-03-31/functions/{FunctionName}";
    const DIFFERS: &str = "Code.RepositoryType is Shardmill and Code.Location names the stored component \
        (shardmill:component/ and its BLAKE3 digest, shardmill:source/ for source code); it is no URL, and the upload cannot be fetched again.";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<Output>;
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![input.target().resource(functions, caller, Self::ACTION)])
    }

    async fn run(
        functions: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output> {
        let named = input.target().own(caller)?;
        let function = functions.find(&named)?;
        let component = function.facts.code.component;
        // Tags and places are the function's, whichever of its versions is meant.
        let latest = functions.function(caller.account, &caller.region, &named.function.name)?;
        let (tags, reserved) = (tags::shown(&latest.facts.tags), latest.facts.reserved);
        Ok(Json(Output {
            configuration: FunctionConfiguration::named(&function, named.qualifier),
            code: Code {
                repository_type: "Shardmill",
                location: match function.facts.code.language {
                    None => format!("shardmill:component/{component}"),
                    Some(_) => format!("shardmill:source/{component}"),
                },
            },
            tags: (!tags.is_empty()).then_some(tags),
            concurrency: reserved.map(|it| Reserved { reserved_concurrent_executions: Some(it) }),
        }))
    }
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    function_name: Option<Text<'a>>,
    qualifier: Option<Text<'a>>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        let function_name = request.label("FunctionName");
        Ok(Self { function_name, qualifier: request.query("Qualifier") })
    }
}

impl Input<'_> {
    pub(super) fn target(&self) -> Target<'_> {
        Target::qualified(&self.function_name, &self.qualifier)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target().check(checks, rules::NAMESPACED_FUNCTION);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    configuration: FunctionConfiguration,
    code: Code,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency: Option<Reserved>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Code {
    repository_type: &'static str,
    location: String,
}
