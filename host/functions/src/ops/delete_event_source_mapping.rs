//! DeleteEventSourceMapping: ends a mapping once the batches in hand are finished.

use wire::rest::{Json, Method};
use wire::{Caller, Resource, RestOperation};

use super::Service;
use super::get_event_source_mapping::Input;
use super::mapping_shapes::MappingConfiguration;
use crate::standing::Standing;
use crate::{Error, Result};

pub(super) struct DeleteEventSourceMapping;

impl RestOperation for DeleteEventSourceMapping {
    const NAME: &str = "DeleteEventSourceMapping";
    const ACTION: &str = "lambda:DeleteEventSourceMapping";
    const ANSWERED: &[&str] = super::mapping_shapes::ANSWERED;
    const METHOD: Method = Method::Delete;
    const PATH: &str = "/2015-03-31/event-source-mappings/{UUID}";
    const STATUS: u16 = 202;
    type Service = Service;
    type Input<'a> = Input<'a>;
    type Output = Json<MappingConfiguration>;
    type Error = Error;

    async fn resources(
        functions: &Service,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(vec![input.resource(functions, caller, Self::ACTION)])
    }

    async fn run(
        functions: &Service,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output> {
        let mapping = functions.detach(caller.account, &caller.region, input.id()?).await?;
        Ok(Json(MappingConfiguration::standing(functions, &mapping, Standing::Deleting)))
    }
}
