//! What exceptions are called in the query form.

use crate::Failure;

/// Names that are not what is left of the other one without its end (AWS common errors of query services; botocore's
/// models, `error.code`).
const NAMES: [(&str, &str); 7] = [
    ("InternalServiceFault", "InternalServiceError"),
    ("InvalidSignatureException", "SignatureDoesNotMatch"),
    ("MissingRequiredParameterException", "MissingParameter"),
    ("SerializationException", "MalformedQueryString"),
    ("UnknownOperationException", "InvalidAction"),
    ("UnrecognizedClientException", "InvalidClientTokenId"),
    ("ValidationException", "ValidationError"),
];

/// The name of an exception.
pub fn code(exception: &str) -> &str {
    if let Some((_, name)) = NAMES.iter().find(|(known, _)| *known == exception) {
        return name;
    }
    let end = ["Exception", "Fault"].into_iter().find_map(|end| exception.strip_suffix(end));
    end.filter(|name| !name.is_empty()).unwrap_or(exception)
}

/// Whose fault a failure is.
pub(crate) fn fault(failure: &Failure) -> &'static str {
    if failure.status < 500 { "Sender" } else { "Receiver" }
}

/// What `x-amzn-query-error` tells clients of the other protocols that ask for it: `LimitExceeded;Sender`.
pub fn error_header(failure: &Failure) -> String {
    format!("{};{}", code(&failure.code), fault(failure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_have_the_names_that_clients_know() {
        for (exception, name) in [
            ("InvalidParameterValueException", "InvalidParameterValue"),
            ("MissingRequiredParameterException", "MissingParameter"),
            ("LimitExceededFault", "LimitExceeded"),
            ("InternalServiceFault", "InternalServiceError"),
            ("ValidationException", "ValidationError"),
            ("AccessDeniedException", "AccessDenied"),
            ("InvalidSignatureException", "SignatureDoesNotMatch"),
            ("InvalidNextToken", "InvalidNextToken"),
            ("Exception", "Exception"),
        ] {
            assert_eq!(code(exception), name);
        }
        let failure = Failure::caller("LimitExceededFault", "x");
        assert_eq!(error_header(&failure), "LimitExceeded;Sender");
        assert_eq!(error_header(&Failure::internal("x")), "InternalFailure;Receiver");
    }
}
