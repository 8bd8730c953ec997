//! The flags of every command that speaks to a server.

use std::path::{Path, PathBuf};

use clap::Args;
use domain::Region;

use crate::client::{Client, Credentials, Endpoint, Seams, Sources, Trust};
use crate::config::{home, variable};
use crate::refusal::Refusal;
use crate::wiring;

/// Given to each flag: as the next heading of the struct it would stand over the flags of the command that follow, too.
const HEADING: &str = "Server";

/// Which server, as whom.
#[derive(Args, Clone, Debug)]
pub(super) struct Target {
    /// Endpoint URL; also AWS_ENDPOINT_URL, or AWS_ENDPOINT_URL_KINESIS and AWS_ENDPOINT_URL_LAMBDA [default: http://127.0.0.1:4566]
    #[arg(long, help_heading = HEADING, value_name = "URL")]
    endpoint: Option<String>,

    /// Certificates (PEM) that an https endpoint may be trusted by, instead of the system's; also AWS_CA_BUNDLE
    #[arg(long, help_heading = HEADING, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Region to sign for; also AWS_REGION or AWS_DEFAULT_REGION [default: us-east-1]
    #[arg(long, help_heading = HEADING)]
    region: Option<String>,

    /// Profile of the shared credentials file; also AWS_PROFILE
    #[arg(long, help_heading = HEADING, conflicts_with = "access_key_id")]
    profile: Option<String>,

    /// Key to sign with; if not given: environment, credentials file, or test/test on this machine
    #[arg(long, help_heading = HEADING, value_name = "ID", requires = "secret_access_key")]
    access_key_id: Option<String>,

    /// Secret of that key; other users of the machine can see it, so prefer the environment
    #[arg(long, help_heading = HEADING, value_name = "SECRET", requires = "access_key_id")]
    secret_access_key: Option<String>,
}

impl Target {
    /// Whether a server was named on the command line.
    pub(super) fn is_named(&self) -> bool {
        self.endpoint.is_some()
    }

    /// A client for it that works on streams.
    ///
    /// # Errors
    /// If the endpoint is malformed or no key is found.
    pub(super) fn client(&self, seams: &Seams) -> Result<Client, Refusal> {
        self.connect(&["AWS_ENDPOINT_URL_KINESIS", "AWS_ENDPOINT_URL"], seams)
    }

    /// A client for it that works on functions, and on the streams beside them.
    ///
    /// # Errors
    /// As [`Target::client`].
    pub(super) fn functions_client(&self, seams: &Seams) -> Result<Client, Refusal> {
        let variables = ["AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_KINESIS"];
        self.connect(&variables, seams)
    }

    /// A client for it that manages who there is.
    ///
    /// # Errors
    /// As [`Target::client`].
    pub(super) fn own_client(&self, seams: &Seams) -> Result<Client, Refusal> {
        self.connect(&["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_KINESIS"], seams)
    }

    /// The region that requests are signed for, as it was given.
    pub(super) fn region(&self) -> String {
        let named = self.region.clone();
        let named =
            named.or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION"));
        named.unwrap_or_else(|| "us-east-1".to_owned())
    }

    /// The endpoint is the flag's, or that of the first of `variables` that is set.
    fn connect(&self, variables: &[&str], seams: &Seams) -> Result<Client, Refusal> {
        let named = self.endpoint.clone();
        let named = named.or_else(|| variables.iter().find_map(|name| variable(name)));
        let region = self.region();
        region
            .parse::<Region>()
            .map_err(|error| Refusal::usage(format!("`{region}` is no region")).because(error))?;
        let endpoint: Endpoint = named.as_deref().unwrap_or(Endpoint::DEFAULT).parse()?;
        let sources = Sources {
            flags: self.access_key_id.as_deref().zip(self.secret_access_key.as_deref()),
            profile: self.profile.as_deref(),
            variable: &variable,
            home: home(),
            read: &|path: &Path| wiring::read_file(path),
        };
        let credentials = Credentials::find(&sources, &endpoint)?;
        tracing::debug!(%endpoint, origin = ?credentials.origin, "key found");
        let trust = if endpoint.is_tls { Some(self.trust()?) } else { None };
        Ok(Client::trusting(trust, endpoint, credentials, region, seams))
    }

    fn trust(&self) -> Result<Trust, Refusal> {
        let named = self.ca.clone();
        let named = named.or_else(|| variable("AWS_CA_BUNDLE").map(PathBuf::from));
        let Some(path) = named else {
            return Trust::system();
        };
        let refuse = || Refusal::usage(format!("cannot read certificates `{}`", path.display()));
        let pem = wiring::read_file(&path).map_err(|error| refuse().because(error))?;
        Trust::only(&pem).map_err(|error| refuse().because(error))
    }
}
