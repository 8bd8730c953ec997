//! REST-JSON: members as one JSON object like those of AWS JSON, failures with the exception's name in a
//! header.

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::{Failure, Fault};

/// What AWS's front writes with a capital, for all services. The exceptions of a model say it themselves.
const CAPITAL: [&str; 2] = ["AccessDeniedException", "SerializationException"];

/// `{"Type":"User","message":"..."}`. What is no exception of a model has no type, as on AWS.
pub(super) fn encode_failure(failure: &Failure) -> Bytes {
    let details = failure.details.as_deref();
    let mut body = Map::new();
    let of = match failure.fault {
        None => None,
        Some(Fault::Caller | Fault::Throttle) => Some("User"),
        Some(Fault::Server) => Some("Server"),
    };
    if let Some(of) = of {
        body.insert("Type".to_owned(), Value::from(of));
    }
    if let Some(message) = &failure.message {
        let is_capital = details.is_some_and(|details| details.capital_message)
            || CAPITAL.contains(&&*failure.code);
        let name = if is_capital { "Message" } else { "message" };
        body.insert(name.to_owned(), Value::from(message.as_str()));
    }
    for (name, value) in details.into_iter().flat_map(|details| &details.members) {
        body.insert((*name).to_owned(), Value::from(value.as_str()));
    }
    Value::Object(body).to_string().into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Details;

    fn written(failure: &Failure) -> Value {
        serde_json::from_slice(&encode_failure(failure)).unwrap()
    }

    #[test]
    fn failures_are_written_as_lambda_does() {
        let missing = Failure::caller("ResourceNotFoundException", "Function not found: f");
        let missing = Failure {
            fault: Some(Fault::Caller),
            details: Some(Box::new(Details { capital_message: true, ..Details::default() })),
            ..missing
        };
        let expected = json!({"Type": "User", "Message": "Function not found: f"});
        assert_eq!(written(&missing), expected);
        let throttled = Failure::caller("TooManyRequestsException", "Rate Exceeded.");
        let members = vec![("Reason", "ConcurrentInvocationLimitExceeded".to_owned())];
        let throttled = Failure {
            fault: Some(Fault::Throttle),
            details: Some(Box::new(Details { members, ..Details::default() })),
            ..throttled
        };
        let expected = json!({
            "Type": "User",
            "message": "Rate Exceeded.",
            "Reason": "ConcurrentInvocationLimitExceeded",
        });
        assert_eq!(written(&throttled), expected);
        let server = Failure { fault: Some(Fault::Server), ..Failure::bare("ServiceException") };
        assert_eq!(written(&server), json!({"Type": "Server"}));
        let outside = Failure::caller("ValidationException", "x");
        assert_eq!(written(&outside), json!({"message": "x"}));
        let denied = Failure::caller("AccessDeniedException", "x");
        assert_eq!(written(&denied), json!({"Message": "x"}));
        assert_eq!(written(&Failure::bare("UnknownOperationException")), json!({}));
    }
}
