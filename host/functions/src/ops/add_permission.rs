//! AddPermission: lets an account, a user, a role or everybody call a function.

use domain::Qualifier;
use serde::{Deserialize, Serialize};
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::{Flag, Text};
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::function_members::refuse;
use super::rules;
use super::target::Target;
use crate::error::Invalid;
use crate::sharing::{Conditions, INVOKE, Principal, Statement};
use crate::{Error, Result};

pub(super) struct AddPermission;

impl RestOperation for AddPermission {
    const NAME: &str = "AddPermission";
    const ACTION: &str = "lambda:AddPermission";
    const AUDITED: &[&str] = &["StatementId", "Action", "Principal", "SourceArn", "SourceAccount"];
    const METHOD: Method = Method::Post;
    const PATH: &str = "/2015-03-31/functions/{FunctionName}/policy";
    const STATUS: u16 = 201;
    const DIFFERS: &str = "A policy decides about lambda:InvokeFunction alone: other actions are refused, and \
        lambda:* and * mean that one. Services of AWS's are told back and let nobody in, since none calls here. \
        Principals need not exist. Function URLs (FunctionUrlAuthType, InvokedViaFunctionUrl) are refused.";
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
        if named.qualifier == Some(Qualifier::Latest) {
            return Err(Invalid::PolicyOfLatest.into());
        }
        // What is not there is told before what is wrong with the statement.
        functions.find(&named)?;
        let statement = input.members.statement()?;
        let shown = statement.document(&named.to_string());
        let revision = input.members.revision_id.as_ref().map(Text::as_str);
        functions.add_permission(&named, revision, statement).await?;
        Ok(Json(Output { statement: shown }))
    }
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    function_name: Option<Text<'a>>,
    qualifier: Option<Text<'a>>,
    members: Members<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Members<'a> {
    #[serde(borrow)]
    statement_id: Option<Text<'a>>,
    #[serde(borrow)]
    action: Option<Text<'a>>,
    #[serde(borrow)]
    principal: Option<Text<'a>>,
    #[serde(borrow)]
    source_arn: Option<Text<'a>>,
    #[serde(borrow)]
    source_account: Option<Text<'a>>,
    #[serde(borrow)]
    event_source_token: Option<Text<'a>>,
    #[serde(borrow, rename = "PrincipalOrgID")]
    principal_org_id: Option<Text<'a>>,
    #[serde(borrow)]
    function_url_auth_type: Option<Text<'a>>,
    invoked_via_function_url: Option<Flag>,
    #[serde(borrow)]
    revision_id: Option<Text<'a>>,
}

impl Members<'_> {
    /// What the members say, if a function's policy can say it.
    fn statement(&self) -> Result<Statement> {
        let action = text(&self.action).unwrap_or_default();
        let is_invoke = [INVOKE, "lambda:*", "*"].iter().any(|it| it.eq_ignore_ascii_case(action));
        let is_url = self.invoked_via_function_url == Some(Flag(true));
        let no_urls = "functions have no URLs; leave it out";
        refuse(&[
            (!is_invoke, "Action", "the policy of a function decides about lambda:InvokeFunction"),
            (self.function_url_auth_type.is_some(), "FunctionUrlAuthType", no_urls),
            (is_url, "InvokedViaFunctionUrl", no_urls),
        ])?;
        let principal = Principal::parse(text(&self.principal).unwrap_or_default());
        let owned = |member| text(member).map(str::to_owned);
        Ok(Statement {
            sid: owned(&self.statement_id).unwrap_or_default(),
            action: action.to_owned(),
            principal: principal.ok_or(Invalid::Principal)?,
            conditions: Conditions {
                event_source_token: owned(&self.event_source_token),
                organization: owned(&self.principal_org_id),
                source_account: owned(&self.source_account),
                source_arn: owned(&self.source_arn),
            },
        })
    }
}

fn text<'t>(member: &'t Option<Text<'_>>) -> Option<&'t str> {
    member.as_ref().map(Text::as_str)
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self {
            function_name: request.label("FunctionName"),
            qualifier: request.query("Qualifier"),
            members: request.json()?,
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
        let members = &self.members;
        checks.required("statementId", members.statement_id.as_ref());
        checks.text("statementId", text(&members.statement_id), rules::STATEMENT_ID);
        checks.required("action", members.action.as_ref());
        checks.text("action", text(&members.action), rules::PERMITTED_ACTION);
        checks.required("principal", members.principal.as_ref());
        checks.text("principal", text(&members.principal), rules::PRINCIPAL);
        checks.text("sourceArn", text(&members.source_arn), rules::ARN);
        checks.text("sourceAccount", text(&members.source_account), rules::SOURCE_ACCOUNT);
        checks.text("eventSourceToken", text(&members.event_source_token), rules::SOURCE_TOKEN);
        checks.text("principalOrgID", text(&members.principal_org_id), rules::ORGANIZATION);
        let auth_type = text(&members.function_url_auth_type);
        checks.choice("functionUrlAuthType", auth_type, &["NONE", "AWS_IAM"]);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    statement: String,
}
