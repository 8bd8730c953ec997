//! Handlers: JSON in, JSON out, as functions of AWS Lambda.
//!
//! ```
//! use shardmill_guest::handler::{Context, Failure};
//! use shardmill_guest::{handler, log};
//!
//! handler!(handle);
//!
//! fn handle(event: Vec<u8>, context: Context) -> Result<String, Failure> {
//!     let event = String::from_utf8(event)?;
//!     log::info!("{} bytes for {}", event.len(), context.function_name);
//!     Ok(format!(r#"{{"length":{}}}"#, event.len()))
//! }
//! ```
//!
//! The crate's feature `handler` makes components of the world `handler` in place of `transform`. Which library
//! reads and writes JSON is the function's choice.

use std::error::Error;
use std::fmt;
use std::time::{Duration, SystemTime};

/// What a handler knows of a call besides its event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Context {
    /// The call's id, as its caller is told and as it stands in the log.
    pub request_id: String,
    /// The function's name.
    pub function_name: String,
    /// Which version of it runs: a number, or `$LATEST`.
    pub function_version: String,
    /// Its ARN, with the version's number behind it if it is one.
    pub function_arn: String,
    /// What the function asked for, in MiB.
    pub memory_limit_mb: u32,
    /// When the call ends at the latest, in milliseconds since the Unix epoch.
    pub deadline_ms: u64,
    /// What later hosts tell besides, as names and values.
    pub extra: Vec<(String, String)>,
}

impl Context {
    /// How much time is left; nothing if it is over.
    pub fn remaining(&self) -> Duration {
        let end = SystemTime::UNIX_EPOCH + Duration::from_millis(self.deadline_ms);
        end.duration_since(now()).unwrap_or_default()
    }
}

/// What a handler may answer with: JSON, as bytes or as text.
pub trait Answer {
    /// As bytes.
    fn into_json(self) -> Vec<u8>;
}

impl Answer for Vec<u8> {
    fn into_json(self) -> Vec<u8> {
        self
    }
}

impl Answer for String {
    fn into_json(self) -> Vec<u8> {
        self.into_bytes()
    }
}

/// Without anything to say, `null`.
impl Answer for () {
    fn into_json(self) -> Vec<u8> {
        b"null".to_vec()
    }
}

/// Why a call failed. Any error becomes one with `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// A kind, by which programs tell failures apart.
    pub error_type: String,
    /// For people.
    pub message: String,
    /// Where it failed, the innermost place first.
    pub stack: Vec<String>,
}

impl Failure {
    /// A failure of this kind, for this reason.
    pub fn new(error_type: impl Into<String>, why: impl fmt::Display) -> Self {
        Self { error_type: error_type.into(), message: why.to_string(), stack: Vec::new() }
    }
}

/// Of the kind that the error's type is, with what it comes from.
impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(kind(std::any::type_name::<E>()), crate::failure::chain(&error))
    }
}

/// The name of a type without its modules; one that is called `Error`, as many are, with its crate's.
fn kind(path: &str) -> String {
    let plain = path.split('<').next().unwrap_or(path);
    match plain.rsplit("::").next() {
        Some("Error") => {
            let krate = plain.split("::").next().unwrap_or(plain);
            format!("{krate}::Error")
        }
        Some(name) => name.to_owned(),
        None => plain.to_owned(),
    }
}

/// The time of day. `SystemTime::now` does not work on `wasm32-unknown-unknown`.
pub fn now() -> SystemTime {
    #[cfg(all(target_family = "wasm", feature = "handler"))]
    {
        let (seconds, nanoseconds) = crate::abi::now();
        SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds)
    }
    #[cfg(not(all(target_family = "wasm", feature = "handler")))]
    {
        #[expect(clippy::disallowed_methods, reason = "natively there is no host to ask")]
        SystemTime::now()
    }
}

/// A random number, other in each call.
pub fn random() -> u64 {
    #[cfg(all(target_family = "wasm", feature = "handler"))]
    return crate::abi::random_u64();
    #[cfg(not(all(target_family = "wasm", feature = "handler")))]
    {
        use std::hash::{BuildHasher, RandomState};
        RandomState::new().hash_one(())
    }
}

/// Exports a function as the crate's handler: `fn(Vec<u8>, Context) -> Result<impl Answer, Failure>`. Once in a
/// crate, which has this crate with its feature `handler`.
#[macro_export]
macro_rules! handler {
    ($handle:path) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            struct Handler;

            impl $crate::abi::Guest for Handler {
                fn handle(
                    event: ::std::vec::Vec<u8>,
                    context: $crate::abi::Context,
                ) -> ::core::result::Result<::std::vec::Vec<u8>, $crate::abi::Failure> {
                    $crate::abi::run($handle, event, context)
                }
            }

    $crate::abi::export!(Handler with_types_in $crate::abi::bindings);
        };

        #[cfg(not(target_family = "wasm"))]
        const _: () = {
            fn answers<A: $crate::handler::Answer>(
                _: fn(
                    ::std::vec::Vec<u8>,
                    $crate::handler::Context,
                ) -> ::core::result::Result<A, $crate::handler::Failure>,
            ) {
            }

            const _: fn() = || answers($handle);
        };
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_becomes_a_failure_of_its_kind() {
        fn parse(text: &str) -> Result<u32, Failure> {
            Ok(text.parse()?)
        }
        assert_eq!(parse("7"), Ok(7));
        let expected = Failure::new("ParseIntError", "invalid digit found in string");
        assert_eq!(parse("x"), Err(expected));
        assert_eq!(kind("serde_json::error::Error"), "serde_json::Error");
        assert_eq!(kind("a::b::Odd<c::Error>"), "Odd");
    }

    #[test]
    fn what_is_left_of_the_time_is_never_less_than_nothing() {
        assert_eq!(Context::default().remaining(), Duration::ZERO);
        let later = Context { deadline_ms: 1 << 45, ..Context::default() };
        assert!(later.remaining() > Duration::from_secs(3600));
    }

    #[test]
    fn answers_are_json() {
        assert_eq!(().into_json(), b"null");
        assert_eq!("{}".to_owned().into_json(), vec![b'{', b'}'].into_json());
    }
}
