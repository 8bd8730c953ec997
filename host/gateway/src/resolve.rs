//! Which operation a request asks for: by its method and path, or at the root by its content type and
//! target. Nothing is trusted yet.
//!
//! Operations of REST-JSON have paths of their own. What has a path and neither an operation nor a target is
//! answered with 404, whether another method would have found something or not: AWS tells 403 there, in XML that
//! its own SDKs for REST-JSON cannot read.

use std::collections::HashMap;
use std::sync::Arc;

use http::Method;
use http::request::Parts;
use metering::Metrics;
use wire::protocol::Protocol;
use wire::rest::{Label, Paths};
use wire::{Api, Binding, Failure, Info};

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

/// All operations.
pub(crate) struct Routes {
    /// By the whole of `X-Amz-Target`.
    targets: HashMap<String, Route>,
    paths: Paths<Route>,
}

/// What a request asks for, and how it is written.
pub(crate) struct Resolved<'r, 'a> {
    pub(crate) route: &'r Route,
    pub(crate) protocol: Protocol,
    /// What stands in the path, if the operation is bound to one.
    pub(crate) labels: Option<Vec<Label<'a>>>,
}

impl Routes {
    pub(crate) fn new(apis: &[Arc<dyn Api>], metrics: &Metrics) -> Self {
        let mut routes = Self { targets: HashMap::new(), paths: Paths::default() };
        for api in apis {
            let service = api.signing_names().first().copied().unwrap_or("unknown");
            for info in api.operations() {
                let route = Route {
                    api: Arc::clone(api),
                    info,
                    service,
                    metrics: metrics.operation(service, info.name),
                };
                match info.binding {
                    Binding::Path { method, path } => routes.paths.insert(method, path, route),
                    Binding::Target => {
                        let target = format!("{}.{}", api.target_prefix(), info.name);
                        routes.targets.insert(target, route);
                    }
                }
            }
        }
        routes
    }

    /// The operation and how it is written.
    pub(crate) fn resolve<'a>(&self, head: &'a Parts) -> Result<Resolved<'_, 'a>, Refusal> {
        let path = head.uri.path();
        if path == "/" {
            return self.by_target(head);
        }
        let query = head.uri.query().unwrap_or_default();
        let style = Style::Aws(Protocol::RestJson);
        match self.paths.find(head.method.as_str(), path, query) {
            Some(found) => {
                is_plain(head, style)?;
                let (route, protocol) = (found.value, Protocol::RestJson);
                Ok(Resolved { route, protocol, labels: Some(found.labels) })
            }
            None if request::target(&head.headers).is_empty() => {
                let message = "No operation has this method and this path.";
                let failure = Failure::caller("UnknownOperationException", message);
                Err(Refusal::of(Failure { status: 404, ..failure }, style))
            }
            None => self.by_target(head),
        }
    }

    fn by_target(&self, head: &Parts) -> Result<Resolved<'_, 'static>, Refusal> {
        if head.method != Method::POST {
            return Err(undetermined());
        }
        let content_type = request::content_type(&head.headers);
        let target = request::target(&head.headers);
        let Some(protocol) = Protocol::of_content_type(content_type) else {
            return Err(unreadable(content_type, target));
        };
        let style = Style::Aws(protocol);
        is_plain(head, style)?;
        let route = self.targets.get(target);
        let unknown = || Refusal::of(Failure::bare("UnknownOperationException"), style);
        Ok(Resolved { route: route.ok_or_else(unknown)?, protocol, labels: None })
    }
}

/// Whether the body can be read as it is.
fn is_plain(head: &Parts, style: Style) -> Result<(), Refusal> {
    let Some(coding) = request::content_encoding(&head.headers) else {
        return Ok(());
    };
    let message = format!("Content-Encoding '{coding}' is not supported: send the body as it is.");
    Err(Refusal::of(unsupported(message), style))
}

/// The answer to a content type that is none of ours.
fn unreadable(content_type: &str, target: &str) -> Refusal {
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
