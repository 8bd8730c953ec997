//! SimulatePolicy: what the policies of a user or a role say to an action on a resource, and why.

use serde::{Deserialize, Serialize};
use wire::shape::{List, Map, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::rules;
use super::target::{account, text};
use crate::directory::{Asked, Directory, Kind, Verdict};
use crate::error::Error;
use crate::policy::ResourcePolicy;

/// Condition keys that a question may bring.
const CONTEXT_MAX: usize = 99;

/// Values of one condition key.
type Values<'a> = List<Text<'a>, 50>;

pub(super) struct SimulatePolicy;

impl Operation for SimulatePolicy {
    const NAME: &str = "SimulatePolicy";
    const ACTION: &str = "iam:SimulatePrincipalPolicy";
    type Service = Directory;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        _: &Directory,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        let (kind, name) = input.who();
        let account = account(caller, input.account_id.as_ref());
        Ok(vec![Resource::new(Self::ACTION, kind.arn(account, name))])
    }

    async fn run(
        directory: &Directory,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let (kind, name) = input.who();
        let account = account(caller, input.account_id.as_ref());
        let context = input.context.iter().flat_map(|context| context.kept());
        let values = |values: &'_ Values<'_>| -> Vec<String> {
            let kept = values.kept().iter().flatten();
            kept.map(|value| value.as_str().to_owned()).collect()
        };
        let policy = input.resource_policy.as_ref();
        let resource = input.resource_arn.as_ref().map_or("*", Text::as_str);
        let is_key = resource.starts_with("arn:aws:kms:");
        let policy = policy.map(|text| match is_key {
            true => ResourcePolicy::parse_of_key(text.as_str()),
            false => ResourcePolicy::parse(text.as_str()),
        });
        let asked = Asked {
            policy: policy.transpose().map_err(Error::Policy)?,
            action: text(&input.action_name),
            resource,
            context: context.map(|(key, list)| (key.as_str().to_owned(), values(list))).collect(),
        };
        let (verdict, statements) = directory.simulate((kind, account, name), &asked)?;
        let (decision, message) = match verdict {
            Verdict::Allowed => ("allowed", None),
            Verdict::Denied { is_explicit: true, message } => ("explicitDeny", Some(message)),
            Verdict::Denied { is_explicit: false, message } => ("implicitDeny", Some(message)),
        };
        Ok(Output { decision, message, statements })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    account_id: Option<Text<'a>>,
    #[serde(borrow)]
    user_name: Option<Text<'a>>,
    #[serde(borrow)]
    role_name: Option<Text<'a>>,
    #[serde(borrow)]
    action_name: Option<Text<'a>>,
    #[serde(borrow)]
    resource_arn: Option<Text<'a>>,
    /// The policy of the resource, which only its owner knows.
    #[serde(borrow)]
    resource_policy: Option<Text<'a>>,
    /// Condition keys, each with its values.
    #[serde(borrow)]
    context: Option<Map<'a, Values<'a>, 100>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        rules::check_account(checks, self.account_id.as_ref());
        if self.role_name.is_none() {
            checks.required("userName", self.user_name.as_ref());
        }
        checks.text("userName", self.user_name.as_ref().map(Text::as_str), rules::NAME);
        checks.text("roleName", self.role_name.as_ref().map(Text::as_str), rules::NAME);
        rules::check_required(checks, "actionName", self.action_name.as_ref(), rules::ACTION);
        let resource = self.resource_arn.as_ref().map(Text::as_str);
        checks.text("resourceArn", resource, rules::RESOURCE);
        if let Some(context) = &self.context {
            let count = context.count();
            checks.length("context", &format_args!("[{count}]"), count, 0, CONTEXT_MAX);
        }
    }
}

impl Input<'_> {
    fn who(&self) -> (Kind, &str) {
        match &self.user_name {
            Some(_) => (Kind::User, text(&self.user_name)),
            None => (Kind::Role, text(&self.role_name)),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    decision: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// What each statement has to say to it.
    statements: Vec<String>,
}
