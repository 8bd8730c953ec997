//! DeleteFunction: deletes a function with its log and all that hangs on it, or one of its versions.

use domain::Qualifier;
use wire::rest::Method;
use wire::{Caller, Resource, RestOperation};

use super::Service;
use super::get_function::Input;
use crate::error::Invalid;
use crate::{Error, Result};

pub(super) struct DeleteFunction;

impl RestOperation for DeleteFunction {
    const NAME: &str = "DeleteFunction";
    const ACTION: &str = "lambda:DeleteFunction";
    const METHOD: Method = Method::Delete;
    const PATH: &str = "/2015-03-31/functions/{FunctionName}";
    const STATUS: u16 = 204;
    const DIFFERS: &str = "The function's log goes with it. Mappings stay, as on AWS: their batches wait \
        until there is a function of the name again, or the records expire.";
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
        let (account, region, name) = (caller.account, &caller.region, &named.function.name);
        match named.qualifier {
            None => functions.delete(account, region, name).await,
            Some(Qualifier::Version(number)) => {
                functions.delete_version((account, region), name, number).await
            }
            Some(Qualifier::Latest) => Err(Invalid::DeleteLatest.into()),
            Some(Qualifier::Alias(_)) => Err(Invalid::DeleteAlias.into()),
        }
    }
}
