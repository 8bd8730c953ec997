//! ListAliases: a function's aliases by name, or those of one version.
//!
//! A marker has the last name of the page before.

use domain::{AliasName, FunctionArn, limits};
use serde::Serialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::Text;
use wire::token::Purpose;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::alias_members::AliasConfiguration;
use super::paged::{List, MAX_ITEMS, Paging};
use super::rules;
use super::target::{LATEST, Target};
use crate::aliases::Named;
use crate::versions::Alias;
use crate::{Error, Result};

const LIST: List = List {
    markers: Purpose::ListAliases,
    version: 1,
    page: limits::LIST_FUNCTIONS_PAGE,
    max_items: MAX_ITEMS,
};

pub(super) struct ListAliases;

impl RestOperation for ListAliases {
    const NAME: &str = "ListAliases";
    const ACTION: &str = "lambda:ListAliases";
    const METHOD: Method = Method::Get;
    const PATH: &str = "/2015-03-31/functions/{FunctionName}/aliases";
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
        let name = input.target().unqualified_name(caller)?;
        let Caller { account, region, .. } = caller;
        functions.function(*account, region, &name)?;
        let arn = FunctionArn { account: *account, region: region.clone(), name };
        let after: Option<AliasName> = input.paging.after(functions, LIST)?;
        let page = functions.functions.look(|index| {
            let wanted = index.aliases(&arn).filter(|(name, alias)| {
                after.as_ref().is_none_or(|after| *name > after) && input.wants(alias)
            });
            input.paging.page(LIST, wanted.map(|(name, alias)| (name.clone(), alias.clone())))
        });
        let next_marker = page.next_marker(functions, |(name, _)| name.clone());
        let shown = page.entries().iter().map(|(alias, facts)| {
            let named = Named { account: *account, region, function: &arn.name, alias };
            AliasConfiguration::of(named, facts)
        });
        Ok(Json(Output { next_marker, aliases: shown.collect() }))
    }
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    function_name: Option<Text<'a>>,
    function_version: Option<Text<'a>>,
    paging: Paging<'a>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self {
            function_name: request.label("FunctionName"),
            function_version: request.query("FunctionVersion"),
            paging: Paging::from_request(request)?,
        })
    }
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.function_name)
    }

    /// Whether the alias leads to the version that is asked about, if one is.
    fn wants(&self, alias: &Alias) -> bool {
        match self.function_version.as_ref().map(Text::as_str) {
            None => true,
            Some(LATEST) => alias.version.is_none(),
            Some(number) => number.parse().is_ok_and(|number| alias.leads_to(number)),
        }
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target().check(checks, rules::FUNCTION);
        let version = self.function_version.as_ref().map(Text::as_str);
        checks.text("functionVersion", version, rules::VERSION);
        self.paging.check(checks, LIST);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    aliases: Vec<AliasConfiguration>,
}
