//! UpdateFunctionCode: gives a function other code, which runs from the next call on.

use domain::limits;
use serde::Deserialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::{Flag, List, Text};
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::create_function::CodeMembers;
use super::function_members::{architecture, check_architectures, is_published};
use super::rules;
use super::shapes::FunctionConfiguration;
use super::target::Target;
use crate::error::Invalid;
use crate::function::{Function, FunctionFacts};
use crate::lifecycle::{Amend, check_revision};
use crate::{Error, Result};

pub(super) struct UpdateFunctionCode;

impl RestOperation for UpdateFunctionCode {
    const NAME: &str = "UpdateFunctionCode";
    const ACTION: &str = "lambda:UpdateFunctionCode";
    const AUDITED: &[&str] = &["DryRun", "Publish"];
    const ANSWERED: &[&str] = super::shapes::ANSWERED;
    const METHOD: Method = Method::Put;
    const PATH: &str = "/2015-03-31/functions/{FunctionName}/code";
    const BODY_LIMIT: usize = limits::FUNCTION_REQUEST_BYTES_MAX;
    const DIFFERS: &str = "As CreateFunction about code; what it is to be follows from the function's Runtime. LastUpdateStatus is Successful when the call \
        returns; calls that run finish with the old code. DryRun compiles the code.";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<FunctionConfiguration>;
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
        let name = input.target().unqualified_name(caller)?;
        let members = &input.members;
        let is_published = is_published(members.publish, &members.publish_to)?;
        input.code.refuse_other_sources()?;
        let revision = members.revision_id.as_ref().map(Text::as_str);
        let old = functions.function(caller.account, &caller.region, &name)?;
        check_revision(&old, revision)?;
        let package = input.code.package().ok_or(Invalid::NoCode)?;
        let language = old.facts.config.language();
        let architecture = architecture(members.architectures.as_ref());
        let account = caller.account;
        if members.dry_run == Some(Flag(true)) {
            let code = functions.try_out(account, package, language, Self::NAME).await?;
            let mut tried = Function::clone(&old);
            tried.facts.code = code;
            tried.facts.config.architecture = architecture.unwrap_or_default();
            return Ok(Json((&tried).into()));
        }
        let upload = functions.take_in(account, package, language, Self::NAME).await?;
        let place = (caller.account, &caller.region);
        let more = upload.code.bytes;
        functions.functions.look(|index| functions.admit_code(index, place, more))?;
        let what = Amend { name: &name, revision };
        let change = |facts: &mut FunctionFacts| {
            facts.code = upload.code;
            // The runtime may have changed meanwhile.
            facts.check_language()?;
            facts.config.architecture = architecture.unwrap_or(facts.config.architecture);
            Ok(())
        };
        if is_published {
            let version = functions.amend_and_publish(place, what, change).await?;
            return Ok(Json(FunctionConfiguration::qualified(&version)));
        }
        let function = functions.amend(place, what, change).await?;
        Ok(Json((&*function).into()))
    }
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    function_name: Option<Text<'a>>,
    members: Members<'a>,
    code: CodeMembers<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Members<'a> {
    #[serde(borrow)]
    architectures: Option<List<Text<'a>, 2>>,
    publish: Option<Flag>,
    #[serde(borrow)]
    publish_to: Option<Text<'a>>,
    dry_run: Option<Flag>,
    #[serde(borrow)]
    revision_id: Option<Text<'a>>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        let function_name = request.label("FunctionName");
        Ok(Self { function_name, members: request.json()?, code: request.json()? })
    }
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.function_name)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target().check(checks, rules::FUNCTION);
        check_architectures(checks, self.members.architectures.as_ref());
        let publish_to = self.members.publish_to.as_ref().map(Text::as_str);
        checks.choice("publishTo", publish_to, &["LATEST_PUBLISHED"]);
    }
}
