//! The flags of every command that speaks to a server.

use std::path::Path;

use clap::Args;

use crate::client::{Client, Credentials, Endpoint, Seams, Sources};
use crate::config::{home, variable};
use crate::refusal::Refusal;
use crate::wiring;

/// Which server, as whom.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Server")]
pub(super) struct Target {
    /// Endpoint URL; also AWS_ENDPOINT_URL_KINESIS or AWS_ENDPOINT_URL [default: http://127.0.0.1:4566]
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,

    /// Region to sign for; also AWS_REGION or AWS_DEFAULT_REGION [default: us-east-1]
    #[arg(long)]
    region: Option<String>,

    /// Profile of the shared credentials file; also AWS_PROFILE
    #[arg(long, conflicts_with = "access_key_id")]
    profile: Option<String>,

    /// Key to sign with; if not given: environment, credentials file, or test/test on this machine
    #[arg(long, value_name = "ID", requires = "secret_access_key")]
    access_key_id: Option<String>,

    /// Secret of that key; other users of the machine can see it, so prefer the environment
    #[arg(long, value_name = "SECRET", requires = "access_key_id")]
    secret_access_key: Option<String>,
}

impl Target {
    /// A client for it.
    ///
    /// # Errors
    /// If the endpoint is malformed or no key is found.
    pub(super) fn client(&self, seams: &Seams) -> Result<Client, Refusal> {
        let endpoint = self
            .endpoint
            .clone()
            .or_else(|| variable("AWS_ENDPOINT_URL_KINESIS"))
            .or_else(|| variable("AWS_ENDPOINT_URL"));
        let endpoint: Endpoint = endpoint.as_deref().unwrap_or(Endpoint::DEFAULT).parse()?;
        let region = self
            .region
            .clone()
            .or_else(|| variable("AWS_REGION"))
            .or_else(|| variable("AWS_DEFAULT_REGION"));
        let sources = Sources {
            flags: self.access_key_id.as_deref().zip(self.secret_access_key.as_deref()),
            profile: self.profile.as_deref(),
            variable: &variable,
            home: home(),
            read: &|path: &Path| wiring::read_file(path),
        };
        let credentials = Credentials::find(&sources, &endpoint)?;
        tracing::debug!(%endpoint, origin = ?credentials.origin, "key found");
        let region = region.unwrap_or_else(|| "us-east-1".to_owned());
        Ok(Client::new(endpoint, credentials, region, seams))
    }
}
