//! Which operation a request asks for: by its method and path, or at the root by its content type and
//! target. Nothing is trusted yet.
//!
//! In the query form it stands in the body: until that is read and its signature held, such a request is one of its
//! service, which its scope names, and its operation is [`FRONT`].
//!
//! Operations of REST-JSON have paths of their own. What has a path and neither an operation nor a target is
//! answered with 404, whether another method would have found something or not: AWS tells 403 there, in XML that
//! its own SDKs for REST-JSON cannot read.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use http::Method;
use http::request::Parts;
use metering::Metrics;
use wire::protocol::Protocol;
use wire::query::{self, Form};
use wire::rest::{Label, Paths};
use wire::{Api, Binding, Failure, Info, State, Trail};

use crate::reply::{Refusal, Style};
use crate::request::{self, Coding};

/// What is asked in the query form, as long as nobody has read what it is.
static FRONT: Info = Info {
    name: "UnknownOperation",
    action: "",
    binding: Binding::Target,
    body_limit: 1024 * 1024,
    state: State::Works,
    differs: "",
    trail: Trail::of("UnknownOperation"),
    refused_with: "",
    takes_gzip: true,
};

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
    /// Services that take the query form, by what clients sign with.
    fronts: HashMap<&'static str, (Route, &'static Form)>,
}

/// What a request asks for, and how it is written.
pub(crate) struct Resolved<'r, 'a> {
    first: &'r Route,
    /// What the body turned out to ask for.
    found: OnceLock<&'r Route>,
    pub(crate) protocol: Protocol,
    /// Whether the body has to be taken out of gzip.
    pub(crate) is_gzip: bool,
    /// What stands in the path, if the operation is bound to one.
    pub(crate) labels: Option<Vec<Label<'a>>>,
}

impl<'r> Resolved<'r, '_> {
    fn new(route: &'r Route, protocol: Protocol, coding: Coding<'_>) -> Self {
        let is_gzip = coding == Coding::Gzip;
        Self { first: route, found: OnceLock::new(), protocol, is_gzip, labels: None }
    }

    /// What is asked for, as far as it is known.
    pub(crate) fn route(&self) -> &'r Route {
        self.found.get().copied().unwrap_or(self.first)
    }

    /// Finds what a body in the query form asks for; its operation reads so much and no more.
    pub(crate) fn find(&self, routes: &'r Routes, form: &Form, body: &[u8]) -> Result<(), Failure> {
        let action = query::action(form, body)?;
        let target = format!("{}.{action}", self.first.api.target_prefix());
        let unknown = || {
            let shown: String = action.chars().take(ACTION_CHARS_MAX).collect();
            let message = format!("Could not find operation {shown} for version {}", form.version);
            Failure::caller("UnknownOperationException", message)
        };
        let route = routes.targets.get(&target).ok_or_else(unknown)?;
        let _ = self.found.set(route);
        match self.is_gzip && !route.info.takes_gzip {
            true => Err(unsupported_coding("gzip")),
            false => Ok(()),
        }
    }
}

/// How much of a name that is none is repeated.
const ACTION_CHARS_MAX: usize = 128;

impl Routes {
    pub(crate) fn new(apis: &[Arc<dyn Api>], metrics: &Metrics) -> Self {
        let mut routes =
            Self { targets: HashMap::new(), paths: Paths::default(), fronts: HashMap::new() };
        for api in apis {
            let service = api.signing_names().first().copied().unwrap_or("unknown");
            if let Some(form) = api.forms().query {
                let metrics = metrics.operation(service, FRONT.name);
                let route = Route { api: Arc::clone(api), info: &FRONT, service, metrics };
                routes.fronts.insert(service, (route, form));
            }
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
        if let Some(target) = rpc_target(head) {
            return self.by_rpc(head, &target);
        }
        let query = head.uri.query().unwrap_or_default();
        let style = Style::Aws(Protocol::RestJson);
        match self.paths.find(head.method.as_str(), path, query) {
            Some(found) => {
                let coding = coding(head, found.value.info, style)?;
                let resolved = Resolved::new(found.value, Protocol::RestJson, coding);
                Ok(Resolved { labels: Some(found.labels), ..resolved })
            }
            None if request::target(&head.headers).is_empty() => {
                let message = "No operation has this method and this path.";
                let failure = Failure::caller("UnknownOperationException", message);
                Err(Refusal::of(Failure { status: 404, ..failure }, style))
            }
            None => self.by_target(head),
        }
    }

    /// The operation that the path of a call of Smithy's RPC v2 names.
    fn by_rpc(&self, head: &Parts, target: &str) -> Result<Resolved<'_, 'static>, Refusal> {
        let style = Style::Aws(Protocol::RpcV2Cbor);
        let route = self.targets.get(target).filter(|route| route.api.forms().rpc_v2_cbor);
        let route = route.filter(|_| head.method == Method::POST);
        let unknown = || {
            let failure = Failure::bare("UnknownOperationException");
            Refusal::of(Failure { status: 404, ..failure }, style)
        };
        let route = route.ok_or_else(unknown)?;
        let content_type = request::content_type(&head.headers);
        if ![Protocol::RpcV2Cbor.content_type(), ""].contains(&content_type) {
            let message = format!("Content-Type '{content_type}' is not application/cbor.");
            return Err(Refusal::of(unsupported(message), style));
        }
        Ok(Resolved::new(route, Protocol::RpcV2Cbor, coding(head, route.info, style)?))
    }

    /// The service that a call in the query form is signed for.
    fn by_scope(&self, head: &Parts) -> Option<Result<Resolved<'_, 'static>, Refusal>> {
        let (route, form) = self.fronts.get(request::signing_name(&head.headers)?)?;
        let protocol = Protocol::Query(form);
        let coding = coding(head, route.info, Style::Aws(protocol));
        Some(coding.map(|coding| Resolved::new(route, protocol, coding)))
    }

    fn by_target(&self, head: &Parts) -> Result<Resolved<'_, 'static>, Refusal> {
        if head.method != Method::POST {
            return Err(undetermined());
        }
        let content_type = request::content_type(&head.headers);
        let target = request::target(&head.headers);
        let Some(protocol) = Protocol::of_content_type(content_type) else {
            let is_form = content_type.eq_ignore_ascii_case(query::CONTENT_TYPE);
            let front = if is_form { self.by_scope(head) } else { None };
            return front.unwrap_or_else(|| Err(unreadable(content_type, target)));
        };
        let style = Style::Aws(protocol);
        let Some(route) = self.targets.get(target) else {
            return Err(Refusal::of(Failure::bare("UnknownOperationException"), style));
        };
        Ok(Resolved::new(route, protocol, coding(head, route.info, style)?))
    }
}

/// `Service.Operation` of `/service/Service/operation/Operation`, which may stand behind something.
fn rpc_target(head: &Parts) -> Option<String> {
    if !request::is_rpc_v2_cbor(&head.headers) {
        return None;
    }
    let mut parts = head.uri.path().rsplit('/');
    match [parts.next()?, parts.next()?, parts.next()?, parts.next()?] {
        [operation, "operation", service, "service"] => Some(format!("{service}.{operation}")),
        _ => None,
    }
}

/// What the body has to be freed from, if the operation lets it come so.
fn coding<'a>(head: &'a Parts, info: &Info, style: Style) -> Result<Coding<'a>, Refusal> {
    match request::content_encoding(&head.headers) {
        Coding::Gzip if !info.takes_gzip => Err(Refusal::of(unsupported_coding("gzip"), style)),
        Coding::Unknown(coding) => Err(Refusal::of(unsupported_coding(coding), style)),
        coding @ (Coding::Plain | Coding::Gzip) => Ok(coding),
    }
}

fn unsupported_coding(coding: &str) -> Failure {
    unsupported(format!("Content-Encoding '{coding}' is not supported: send the body as it is."))
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
