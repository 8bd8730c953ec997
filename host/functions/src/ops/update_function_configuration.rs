//! UpdateFunctionConfiguration: changes how a function is run, from the next call on.

use serde::Deserialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::create_function::pass_role;
use super::function_members::FunctionMembers;
use super::rules;
use super::shapes::FunctionConfiguration;
use super::target::Target;
use crate::lifecycle::Amend;
use crate::{Error, Result};

pub(super) struct UpdateFunctionConfiguration;

impl RestOperation for UpdateFunctionConfiguration {
    const NAME: &str = "UpdateFunctionConfiguration";
    const ACTION: &str = "lambda:UpdateFunctionConfiguration";
    const AUDITED: &[&str] = &["Role", "Runtime", "Handler", "Timeout", "MemorySize"];
    const ANSWERED: &[&str] = super::shapes::ANSWERED;
    const METHOD: Method = Method::Put;
    const PATH: &str = "/2015-03-31/functions/{FunctionName}/configuration";
    const DIFFERS: &str = "As CreateFunction about members. Runtime may not change between languages, nor between \
        source code and components: that goes with other code. LastUpdateStatus is Successful when the \
        call returns; calls that run finish as they began.";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<FunctionConfiguration>;
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        let mut resources = vec![input.target().resource(functions, caller, Self::ACTION)];
        resources.extend(input.config.role.as_ref().map(|role| pass_role(Some(role))));
        Ok(resources)
    }

    async fn run(
        functions: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output> {
        let name = input.target().unqualified_name(caller)?;
        let revision = input.revision_id.as_ref().map(Text::as_str);
        let place = (caller.account, &caller.region);
        let amended = functions.amend(place, Amend { name: &name, revision }, |facts| {
            input.config.put(&mut facts.config)?;
            facts.check_language()
        });
        let function = amended.await?;
        Ok(Json((&*function).into()))
    }
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    function_name: Option<Text<'a>>,
    revision_id: Option<Text<'a>>,
    config: FunctionMembers<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OwnMembers<'a> {
    #[serde(borrow)]
    revision_id: Option<Text<'a>>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        let function_name = request.label("FunctionName");
        let OwnMembers { revision_id } = request.json()?;
        Ok(Self { function_name, revision_id, config: request.json()? })
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
        self.config.check(checks);
    }
}
