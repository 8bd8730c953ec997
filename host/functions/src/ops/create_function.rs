//! CreateFunction: stores code, after it was compiled, and how it is to be run.

use bytes::Bytes;
use domain::{RoleArn, limits};
use serde::Deserialize;
use wire::rest::{FromRequest, Json, Method, Request};
use wire::shape::{Blob, Structure, Tags, Text};
use wire::{Caller, Check, Checks, Failure, Resource, RestOperation};

use super::Service;
use super::function_members::{FunctionMembers, refuse};
use super::given::Given;
use super::shapes::FunctionConfiguration;
use super::tag_resource::TagResource;
use super::tags;
use super::target::Target;
use crate::error::Invalid;
use crate::function::{Architecture, Config};
use crate::lifecycle::NewFunction;
use crate::{Error, Result};

pub(super) struct CreateFunction;

impl RestOperation for CreateFunction {
    const NAME: &str = "CreateFunction";
    const ACTION: &str = "lambda:CreateFunction";
    const AUDITED: &[&str] =
        &["FunctionName", "Role", "Runtime", "Handler", "Timeout", "MemorySize"];
    const ANSWERED: &[&str] = super::shapes::ANSWERED;
    const METHOD: Method = Method::Post;
    const PATH: &str = "/2015-03-31/functions";
    const STATUS: u16 = 201;
    const BODY_LIMIT: usize = limits::FUNCTION_REQUEST_BYTES_MAX;
    const DIFFERS: &str = "Code is a WebAssembly component or module, in a zip file or as it is; what \
        does not fit is refused at once, and the function is Active when the call returns. Runtime may be left out; \
        provided, provided.* and custom are taken for such code. nodejs18.x to nodejs24.x and python3.9 to python3.14 \
        take source code in a zip file of at most 32 MiB unpacked, which runs on the server's interpreter of the \
        language; code that imports AWS's SDK is refused. Other runtimes are refused. Architectures and Role are told \
        back; nothing depends on them yet, nor on the Handler of a component. An instance gets at most 1,024 MB, whatever MemorySize says. Code in S3 or in \
        images, PublishTo and everything that reaches out of the sandbox (VpcConfig, Layers and the like) are refused.";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<FunctionConfiguration>;
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        let tags = || tags::pairs(input.tags.as_ref());
        let of = |action| input.target().resource(functions, caller, action).bringing(tags());
        let mut asked = vec![of(Self::ACTION), pass_role(input.config.role.as_ref())];
        // Whoever brings tags must be allowed to tag as well.
        if tags().next().is_some() {
            asked.push(of(TagResource::ACTION));
        }
        Ok(asked)
    }

    async fn run(
        functions: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output> {
        let name = input.target().unqualified_name(caller)?;
        let code = input.code.as_ref().map(|Structure(code)| code);
        code.map_or(Ok(()), CodeMembers::refuse_other_sources)?;
        let role = input.config.role.as_ref().map_or("", Text::as_str);
        let mut config = Config {
            description: String::new(),
            runtime: None,
            handler: None,
            // It satisfied the pattern; were it not a role, it would be nobody's.
            role: role.parse().map_err(|_invalid| Invalid::Unsupported {
                what: "Role",
                instead: "roles look like arn:aws:iam::<account>:role/<name>",
            })?,
            architecture: Architecture::default(),
            memory_mib: limits::FUNCTION_MEMORY_MIB_MIN,
            timeout_seconds: limits::FUNCTION_TIMEOUT_SECONDS_DEFAULT,
            environment: std::sync::Arc::default(),
        };
        input.config.put(&mut config)?;
        let tags = tags::owned(input.tags)?;
        let package = code.and_then(CodeMembers::package).ok_or(Invalid::NoCode)?;
        let region = caller.region.clone();
        let is_published = input.config.is_published()?;
        let new = NewFunction { account: caller.account, region, name, config, tags, is_published };
        let function = functions.create(new, package).await?;
        Ok(Json((&*function).into()))
    }
}

/// Whoever makes a function act as a role must be allowed to pass it.
pub(super) fn pass_role(role: Option<&Text<'_>>) -> Resource {
    // What is no role breaks a rule of the model, whatever the policy says, and is refused for that.
    let role = role.map(Text::as_str).filter(|role| role.parse::<RoleArn>().is_ok());
    Resource::new("iam:PassRole", role.unwrap_or("*"))
}

#[derive(Debug)]
pub(super) struct Input<'a> {
    function_name: Option<Text<'a>>,
    code: Option<Structure<CodeMembers<'a>>>,
    tags: Option<Tags<'a>>,
    config: FunctionMembers<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OwnMembers<'a> {
    #[serde(borrow)]
    function_name: Option<Text<'a>>,
    #[serde(borrow)]
    code: Option<Structure<CodeMembers<'a>>>,
    #[serde(borrow)]
    tags: Option<Tags<'a>>,
}

/// Where code comes from.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct CodeMembers<'a> {
    #[serde(borrow)]
    zip_file: Option<Blob<'a>>,
    #[serde(rename = "S3Bucket")]
    s3_bucket: Given,
    #[serde(rename = "S3Key")]
    s3_key: Given,
    #[serde(rename = "S3ObjectVersion")]
    s3_object_version: Given,
    image_uri: Given,
    #[serde(rename = "SourceKMSKeyArn")]
    source_kms_key_arn: Given,
}

impl CodeMembers<'_> {
    /// The uploaded bytes.
    pub(super) fn package(&self) -> Option<Bytes> {
        self.zip_file.as_ref().map(|blob| blob.to_vec().into())
    }

    pub(super) fn refuse_other_sources(&self) -> Result<()> {
        let in_s3 = self.s3_bucket.0 || self.s3_key.0 || self.s3_object_version.0;
        refuse(&[
            (in_s3, "Code in S3", "upload it with the call, as ZipFile"),
            (
                self.image_uri.0,
                "ImageUri",
                "functions are WebAssembly components; upload one as ZipFile",
            ),
            (self.source_kms_key_arn.0, "SourceKMSKeyArn", "code is stored as it is; leave it out"),
        ])
    }
}

impl<'a> FromRequest<'a> for Input<'a> {
    fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        // Read twice, since what two operations share cannot be read along without a copy of everything.
        let OwnMembers { function_name, code, tags } = request.json()?;
        Ok(Self { function_name, code, tags, config: request.json()? })
    }
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.function_name)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target().check_new(checks);
        checks.required("role", self.config.role.as_ref());
        checks.required("code", self.code.as_ref());
        self.config.check(checks);
    }
}
