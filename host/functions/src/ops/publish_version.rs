//! PublishVersion: keeps a function as it is now, under a number.

use base64_simd::STANDARD;
use serde::Deserialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::function_members::refuse;
use super::rules;
use super::shapes::FunctionConfiguration;
use super::target::Target;
use crate::error::Invalid;
use crate::function::FunctionFacts;
use crate::lifecycle::Amend;
use crate::{Error, Result};

pub(super) struct PublishVersion;

impl RestOperation for PublishVersion {
    const NAME: &str = "PublishVersion";
    const ACTION: &str = "lambda:PublishVersion";
    const ANSWERED: &[&str] = super::shapes::ANSWERED;
    const METHOD: Method = Method::Post;
    const PATH: &str = "/2015-03-31/functions/{FunctionName}/versions";
    const STATUS: u16 = 201;
    const DIFFERS: &str = "Nothing has changed if code and configuration are those of the last version, also if they \
        were others in between. Numbers begin with 1 again when a function is deleted and made anew. PublishTo is refused.";
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
        refuse(&[(members.publish_to.is_some(), "PublishTo", "leave it out")])?;
        let revision = members.revision_id.as_ref().map(Text::as_str);
        let description = members.description.as_ref().map(|it| it.as_str().to_owned());
        let believed = members.code_sha256.as_ref().map(Text::as_str);
        let what = Amend { name: &name, revision };
        let place = (caller.account, &caller.region);
        let published =
            functions.publish(place, what, description, |latest| check_code(latest, believed));
        Ok(Json(FunctionConfiguration::qualified(&*published.await?)))
    }
}

/// Whether the code is still what the caller believes.
fn check_code(latest: &FunctionFacts, believed: Option<&str>) -> Result<()> {
    let sha256 = STANDARD.encode_to_string(latest.code.sha256);
    match believed.filter(|believed| *believed != sha256) {
        Some(believed) => {
            let believed = believed.chars().take(64).collect();
            Err(Invalid::CodeSha256 { believed, sha256 }.into())
        }
        None => Ok(()),
    }
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    function_name: Option<Text<'a>>,
    members: Members<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Members<'a> {
    #[serde(borrow, rename = "CodeSha256")]
    code_sha256: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    #[serde(borrow)]
    revision_id: Option<Text<'a>>,
    #[serde(borrow)]
    publish_to: Option<Text<'a>>,
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self { function_name: request.label("FunctionName"), members: request.json()? })
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
        let description = self.members.description.as_ref().map(Text::as_str);
        checks.text("description", description, rules::DESCRIPTION);
        let publish_to = self.members.publish_to.as_ref().map(Text::as_str);
        checks.choice("publishTo", publish_to, &["LATEST_PUBLISHED"]);
    }
}
