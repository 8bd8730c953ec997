//! Which operation a request asks for, from its method, content type and target. Nothing is trusted yet.

use std::collections::HashMap;
use std::sync::Arc;

use http::Method;
use http::request::Parts;
use metering::Metrics;
use wire::protocol::Protocol;
use wire::{Api, Failure, Info};

use crate::reply::{Refusal, Style};
use crate::request;

/// Everything about one operation that a request of it needs.
pub(crate) struct Route {
    pub(crate) api: Arc<dyn Api>,
    pub(crate) info: &'static Info,
    /// The name of the service in metrics and logs.
    pub(crate) service: &'static str,
    pub(crate) metrics: metering::Operation,
}

/// All operations, by the whole of `X-Amz-Target`.
pub(crate) struct Routes(HashMap<String, Route>);

impl Routes {
    pub(crate) fn new(apis: &[Arc<dyn Api>], metrics: &Metrics) -> Self {
        let mut routes = HashMap::new();
        for api in apis {
            let service = api.signing_names().first().copied().unwrap_or("unknown");
            for info in api.operations() {
                let target = format!("{}.{}", api.target_prefix(), info.name);
                let route = Route {
                    api: Arc::clone(api),
                    info,
                    service,
                    metrics: metrics.operation(service, info.name),
                };
                routes.insert(target, route);
            }
        }
        Self(routes)
    }

    /// The operation and how it is written.
    pub(crate) fn resolve(&self, head: &Parts) -> Result<(&Route, Protocol), Refusal> {
        if head.method != Method::POST {
            return Err(undetermined());
        }
        let content_type = request::content_type(&head.headers);
        let target = request::target(&head.headers);
        let Some(protocol) = Protocol::of_content_type(content_type) else {
            return Err(unreadable(content_type, target));
        };
        let style = Style::Aws(protocol);
        if let Some(coding) = request::content_encoding(&head.headers) {
            let message =
                format!("Content-Encoding '{coding}' is not supported: send the body as it is.");
            return Err(Refusal::of(unsupported(message), style));
        }
        let route = self.0.get(target);
        let unknown = || Refusal::of(Failure::bare("UnknownOperationException"), style);
        Ok((route.ok_or_else(unknown)?, protocol))
    }
}

/// The answer to a content type that is none of ours.
fn unreadable(content_type: &str, target: &str) -> Refusal {
    if content_type.eq_ignore_ascii_case("application/x-amz-cbor-1.1") {
        let message = "CBOR is not supported by this server yet: switch it off in the SDK, which then sends \
                       application/x-amz-json-1.1 (Java: -Daws.cborEnabled=false, CBOR_ENABLED=false).";
        return Refusal::of(unsupported(message), Style::Aws(Protocol::AwsJson11));
    }
    let not_found = || Failure { status: 404, ..Failure::bare("UnknownOperationException") };
    if content_type.eq_ignore_ascii_case("application/json") {
        return Refusal::of(not_found(), Style::Coral);
    }
    match target.split_once('.') {
        Some((service, operation)) if !service.is_empty() && !operation.is_empty() => {
            Refusal::of(not_found(), Style::Xml)
        }
        _ => undetermined(),
    }
}

fn undetermined() -> Refusal {
    let message = "Unable to determine service/operation name to be authorized";
    let failure = Failure { status: 403, ..Failure::caller("AccessDeniedException", message) };
    Refusal::of(failure, Style::Xml)
}

fn unsupported(message: impl Into<String>) -> Failure {
    Failure { status: 415, ..Failure::caller("UnsupportedMediaTypeException", message) }
}
