//! PutFunctionEventInvokeConfig: says how a function, a version or an alias wants to be called asynchronously, all of it.

use wire::rest::{Json, Method};
use wire::{Caller, Resource, RestOperation};

use super::Service;
use super::event_invoke_members::{ANSWERED, AUDITED, FunctionEventInvokeConfig, Input};
use crate::events::EventConfig;
use crate::{Error, Result};

pub(super) struct PutFunctionEventInvokeConfig;

impl RestOperation for PutFunctionEventInvokeConfig {
    const NAME: &str = "PutFunctionEventInvokeConfig";
    const ACTION: &str = "lambda:PutFunctionEventInvokeConfig";
    const AUDITED: &[&str] = AUDITED;
    const ANSWERED: &[&str] = ANSWERED;
    const METHOD: Method = Method::Put;
    const PATH: &str = "/2019-09-25/functions/{FunctionName}/event-invoke-config";
    const DIFFERS: &str = "Destinations are Kinesis streams, which AWS does not take, and functions of the same account and \
        region, S3 buckets, also for success, and URLs of HTTP endpoints, which AWS does not take; queues, topics and buses \
        are refused. Buckets, endpoints and streams whose key cannot be used are tried for two and a half minutes. The caller and the function's role must be allowed kinesis:PutRecords, lambda:InvokeFunction, \
        s3:PutObject or shardmill:Fetch on them.";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<FunctionEventInvokeConfig>;
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(input.resources(functions, caller, Self::ACTION))
    }

    async fn run(
        functions: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output> {
        let arn = input.target().own(caller)?;
        let put = functions.put_event_config(&arn, |old| {
            let _ = old;
            input.put(functions, caller, EventConfig::new(caller.account))
        });
        Ok(Json(FunctionEventInvokeConfig::of(&arn, &*put.await?)))
    }
}
