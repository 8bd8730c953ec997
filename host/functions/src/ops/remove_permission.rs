//! RemovePermission: takes a statement from a function's policy.

use wire::rest::{FromRequest, Method, Request};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::rules;
use super::target::Target;
use crate::{Error, Result};

pub(super) struct RemovePermission;

impl RestOperation for RemovePermission {
    const NAME: &str = "RemovePermission";
    const ACTION: &str = "lambda:RemovePermission";
    const METHOD: Method = Method::Delete;
    const PATH: &str = "/2015-03-31/functions/{FunctionName}/policy/{StatementId}";
    const STATUS: u16 = 204;
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![input.target().resource(functions, caller, Self::ACTION)])
    }

    async fn run(functions: &Service, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let named = input.target().own(caller)?;
        let sid = input.statement_id.as_ref().map_or("", Text::as_str);
        let revision = input.revision_id.as_ref().map(Text::as_str);
        functions.remove_permission(&named, revision, sid).await
    }
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    function_name: Option<Text<'a>>,
    statement_id: Option<Text<'a>>,
    qualifier: Option<Text<'a>>,
    revision_id: Option<Text<'a>>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self {
            function_name: request.label("FunctionName"),
            statement_id: request.label("StatementId"),
            qualifier: request.query("Qualifier"),
            revision_id: request.query("RevisionId"),
        })
    }
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::qualified(&self.function_name, &self.qualifier)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target().check(checks, rules::NAMESPACED_FUNCTION);
        checks.required("statementId", self.statement_id.as_ref());
        let sid = self.statement_id.as_ref().map(Text::as_str);
        checks.text("statementId", sid, rules::NAMESPACED_STATEMENT_ID);
    }
}
