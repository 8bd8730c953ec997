//! DeleteAlias: takes a name off the version that it leads to.

use wire::rest::Method;
use wire::{Caller, Resource, RestOperation};

use super::Service;
use super::get_alias::Input;
use crate::{Error, Result};

pub(super) struct DeleteAlias;

impl RestOperation for DeleteAlias {
    const NAME: &str = "DeleteAlias";
    const ACTION: &str = "lambda:DeleteAlias";
    const METHOD: Method = Method::Delete;
    const PATH: &str = "/2015-03-31/functions/{FunctionName}/aliases/{Name}";
    const STATUS: u16 = 204;
    const DIFFERS: &str = "Mappings to the alias stay: their batches wait until there is an alias of the name again, or \
        the records expire.";
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![input.0.function().resource(functions, caller, Self::ACTION)])
    }

    async fn run(functions: &Service, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let owned = input.0.owned(caller)?;
        functions.delete_alias(owned.named(caller)).await
    }
}
