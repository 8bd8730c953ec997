//! Which key a command signs with.
//!
//! In order: flags, the environment, a credentials file or profile that was named, `test`/`test` if the
//! endpoint is this machine (the key of `serve --dev`), the user's own credentials file. The last two stand
//! in this order so that a key meant for AWS is not tried on a local server.

use std::io;
use std::path::{Path, PathBuf};

use stdx::Secret;

use super::{Endpoint, ini};
use crate::refusal::Refusal;

const KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";

/// A key and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Secret<String>,
    pub(crate) session_token: Option<Secret<String>>,
    pub(crate) origin: Origin,
}

/// Where a key was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Flags,
    Environment,
    File(PathBuf),
    Development,
}

/// Where to look. Functions instead of the real environment, so that tests have their own.
pub(crate) struct Sources<'a> {
    /// `--access-key-id` and `--secret-access-key`.
    pub(crate) flags: Option<(&'a str, &'a str)>,
    /// `--profile`.
    pub(crate) profile: Option<&'a str>,
    /// The environment.
    pub(crate) variable: &'a dyn Fn(&str) -> Option<String>,
    /// The user's home directory.
    pub(crate) home: Option<PathBuf>,
    /// Reads a whole file.
    pub(crate) read: &'a dyn Fn(&Path) -> io::Result<Vec<u8>>,
}

impl Credentials {
    /// The key of `serve --dev`.
    pub(crate) fn development() -> Self {
        Self::new("test", "test", None, Origin::Development)
    }

    fn new(id: &str, secret: &str, token: Option<&str>, origin: Origin) -> Self {
        Self {
            access_key_id: id.to_owned(),
            secret_access_key: Secret::new(secret.to_owned()),
            session_token: token.map(|token| Secret::new(token.to_owned())),
            origin,
        }
    }

    /// The first key found.
    ///
    /// # Errors
    /// If a file or profile was named and holds none, the environment has half a key, or nothing was found at all.
    pub(crate) fn find(sources: &Sources<'_>, endpoint: &Endpoint) -> Result<Self, Refusal> {
        let variable = sources.variable;
        if let Some((id, secret)) = sources.flags {
            return Ok(Self::new(id, secret, None, Origin::Flags));
        }
        let profile = sources.profile.map(str::to_owned);
        match (variable(KEY_ID), variable(SECRET), &profile) {
            (Some(id), Some(secret), None) => {
                let token = variable("AWS_SESSION_TOKEN");
                return Ok(Self::new(&id, &secret, token.as_deref(), Origin::Environment));
            }
            (Some(_), None, None) => return Err(half(KEY_ID, SECRET)),
            (None, Some(_), None) => return Err(half(SECRET, KEY_ID)),
            (None, None, None) | (_, _, Some(_)) => {}
        }
        let named_file = variable("AWS_SHARED_CREDENTIALS_FILE").map(PathBuf::from);
        let named_profile = profile.or_else(|| variable("AWS_PROFILE"));
        let is_named = named_file.is_some() || named_profile.is_some();
        if !is_named && endpoint.is_loopback() {
            return Ok(Self::development());
        }
        let own_file = || sources.home.as_ref().map(|home| home.join(".aws/credentials"));
        let file = named_file.or_else(own_file);
        let profile = named_profile.unwrap_or_else(|| "default".to_owned());
        match file {
            Some(file) => Self::from_file(sources, &file, &profile),
            None => Err(missing("no credentials found")),
        }
    }

    fn from_file(sources: &Sources<'_>, path: &Path, profile: &str) -> Result<Self, Refusal> {
        let shown = path.display();
        let bytes = (sources.read)(path).map_err(|error| {
            missing(&format!("cannot read credentials from {shown}")).because(error)
        })?;
        let text = String::from_utf8_lossy(&bytes);
        let value = |key| ini::value(&text, profile, key);
        let token = value("aws_session_token");
        match (value("aws_access_key_id"), value("aws_secret_access_key")) {
            (Some(id), Some(secret)) => {
                Ok(Self::new(id, secret, token, Origin::File(path.to_owned())))
            }
            _ => Err(missing(&format!("no key for profile `{profile}` in {shown}"))),
        }
    }
}

/// Whoever set one of them means that key: no other one is taken for it.
fn half(set: &str, unset: &str) -> Refusal {
    Refusal::usage(format!("{set} is set, and {unset} is not"))
        .hint("set both or none of them, or name a profile with --profile")
}

fn missing(message: &str) -> Refusal {
    Refusal::usage(message).hint(
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or point AWS_SHARED_CREDENTIALS_FILE to the \
         `root.credentials` file in the server's data directory",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    type Variables = &'static [(&'static str, &'static str)];

    fn find(
        variables: Variables,
        profile: Option<&str>,
        endpoint: &str,
    ) -> Result<Credentials, Refusal> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let read = |path: &Path| match path.to_str() {
            Some("/home/.aws/credentials") => {
                Ok(b"[default]\naws_access_key_id=home\naws_secret_access_key=s".to_vec())
            }
            Some("/data/credentials") => {
                Ok(b"[default]\naws_access_key_id=root\naws_secret_access_key=s".to_vec())
            }
            _ => Err(io::Error::from(io::ErrorKind::NotFound)),
        };
        let sources = Sources {
            flags: None,
            profile,
            variable: &variable,
            home: Some("/home".into()),
            read: &read,
        };
        Credentials::find(&sources, &endpoint.parse().unwrap())
    }

    #[test]
    fn the_first_source_wins() {
        let local = "http://127.0.0.1:4566";
        let id = |variables, profile, endpoint| {
            find(variables, profile, endpoint).map(|key| key.access_key_id).ok()
        };
        let environment: Variables =
            &[("AWS_ACCESS_KEY_ID", "env"), ("AWS_SECRET_ACCESS_KEY", "s")];
        let file: Variables = &[("AWS_SHARED_CREDENTIALS_FILE", "/data/credentials")];
        assert_eq!(id(environment, None, local).unwrap(), "env");
        assert_eq!(id(file, None, local).unwrap(), "root");
        assert_eq!(id(&[], None, local).unwrap(), "test");
        assert_eq!(id(&[], Some("default"), local).unwrap(), "home");
        assert_eq!(id(&[], None, "http://10.0.0.1:4566").unwrap(), "home");
    }

    #[test]
    fn what_was_named_must_be_there() {
        let file: Variables = &[("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")];
        assert!(find(file, None, "http://127.0.0.1:1").is_err());
        assert!(find(&[], Some("absent"), "http://127.0.0.1:1").is_err());
    }

    #[test]
    fn half_a_key_is_none() {
        let local = "http://127.0.0.1:1";
        let told =
            |variables, profile| find(variables, profile, local).map_err(|it| it.to_string());
        let refused = told(&[("AWS_ACCESS_KEY_ID", "env")], None).unwrap_err();
        assert_eq!(refused, "AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not");
        let refused = told(&[("AWS_SECRET_ACCESS_KEY", "s")], None).unwrap_err();
        assert_eq!(refused, "AWS_SECRET_ACCESS_KEY is set, and AWS_ACCESS_KEY_ID is not");
        let named = told(&[("AWS_ACCESS_KEY_ID", "env")], Some("default")).unwrap();
        assert_eq!(named.access_key_id, "home");
    }

    #[test]
    fn secrets_do_not_print() {
        let key = find(
            &[("AWS_ACCESS_KEY_ID", "env"), ("AWS_SECRET_ACCESS_KEY", "hush")],
            None,
            "http://127.0.0.1:1",
        );
        assert!(!format!("{key:?}").contains("hush"));
    }
}
