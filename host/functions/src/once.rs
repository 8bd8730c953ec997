//! Calling a function once with the payload of a caller, whichever world it is of.

use std::sync::Arc;

use bytes::Bytes;
use wasm::World;
use wasm::message::{Ended, Keyed, KeyedWork};

use crate::failed::Failed;
use crate::function::Function;
use crate::keyed::{self, Session};
use crate::logs::Line;
use crate::run::{Asked, Ran};
use crate::{Error, Functions, Result, event, payload};

/// What a function gave, or what is told of its failure.
pub(crate) type Given = std::result::Result<Bytes, Failed>;

impl Functions {
    /// Runs a function on a payload: a handler on any JSON, a transform on the event of a Kinesis stream.
    ///
    /// # Errors
    /// If the payload is none that the function takes, or it did not run.
    pub(crate) async fn call_once(
        self: &Arc<Self>,
        function: &Arc<Function>,
        payload: Bytes,
        asked: Asked<'_>,
    ) -> Result<(Given, Vec<Line>)> {
        match function.facts.code.world {
            World::Transform => {
                let now = self.around.clock.now();
                let batch = Arc::new(event::read(&payload, now).map_err(Error::Content)?);
                let Ran { ended, lines } = self.run(function, &batch, asked).await?;
                let reply = outcome(function, ended, asked)?;
                Ok((reply.and_then(|reply| event::write(&batch, &reply)), lines))
            }
            World::Consumer => {
                let now = self.around.clock.now();
                let batch = event::read(&payload, now).map_err(Error::Content)?;
                let session = Session::of_nothing(self, function);
                session.admit(&keyed::keys(&batch));
                let work = KeyedWork::Records(batch.clone());
                let input = Arc::new(Keyed { work, outside: Arc::new(session) });
                let Ran { ended, lines } = self.consume(function, &input, asked).await?;
                let reply = outcome(function, ended, asked)?;
                Ok((reply.and_then(|reply| event::write(&batch, &reply)), lines))
            }
            World::Handler => {
                let event = payload::event(payload).map_err(Error::Content)?;
                let Ran { ended, lines } = self.handle(function, event, None, asked).await?;
                Ok((outcome(function, ended, asked)?, lines))
            }
        }
    }
}

/// # Errors
/// If it did not run.
fn outcome<O>(
    function: &Function,
    ended: Ended<O>,
    asked: Asked<'_>,
) -> Result<std::result::Result<O, Failed>> {
    match ended.result {
        Ok(output) => Ok(Ok(output)),
        Err(fault) => match Failed::of(&function.facts.code, &fault, asked.request_id) {
            Some(failed) => Ok(Err(failed)),
            None => Err(Error::NotRun(fault.to_string())),
        },
    }
}
