//! What an operation reads from requests.

use http::HeaderValue;
use proptest::prelude::*;

use super::*;

const NAME: &str = "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Ax";

/// Lets `look` read a request with this label, query and body.
fn with<T>(label: &str, query: &str, body: &str, look: impl FnOnce(Request<'_>) -> T) -> T {
    try_with(label, query, body, look).unwrap()
}

fn try_with<T>(
    label: &str,
    query: &str,
    body: &str,
    look: impl FnOnce(Request<'_>) -> T,
) -> Result<T, Failure> {
    let headers = [("x-amz-log-type", "Tail"), ("x-empty", "")];
    let mut headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect();
    headers.insert("x-binary", HeaderValue::from_bytes(b"\xff").unwrap());
    for value in ["Event", "RequestResponse"] {
        headers.append("x-twice", HeaderValue::from_static(value));
    }
    let labels = [("FunctionName", label)];
    let head = Head { labels: &labels, query, headers: &headers };
    let body = Bytes::copy_from_slice(body.as_bytes());
    Request::new(&head, &body).map(look)
}

fn text(text: Option<Text<'_>>) -> Option<String> {
    text.map(|text| text.0.into_owned())
}

#[test]
fn labels_are_decoded_once() {
    with(NAME, "", "", |request| {
        let name = request.label("FunctionName").unwrap();
        assert_eq!(name.as_str(), "arn:aws:lambda:us-east-1:000000000000:function:x");
        assert_eq!(request.label("Other"), None);
    });
    with("%252F", "", "", |request| {
        assert_eq!(request.label("FunctionName").unwrap().as_str(), "%2F");
    });
    with("plain", "", "", |request| {
        assert!(matches!(request.label("FunctionName"), Some(Text(Cow::Borrowed("plain")))));
    });
}

#[test]
fn parameters_are_found_by_name() {
    let query = "Qualifier=%24LATEST&MaxItems=10&tagKeys=a%20b&tagKeys=c+d&Marker=x%3D%3D&&Empty=&Bare&\
                 Yes=true&No=False&%42oth=1&Large=99999999999&a=b=c";
    with("f", query, "", |request| {
        let get = |name| text(request.query(name));
        assert_eq!(get("Qualifier").unwrap(), "$LATEST");
        assert_eq!(get("Marker").unwrap(), "x==");
        assert_eq!(get("tagKeys").unwrap(), "a b");
        let keys: Vec<_> = request.query_list("tagKeys").map(|key| key.0.into_owned()).collect();
        assert_eq!(keys, ["a b", "c+d"]);
        assert_eq!(request.query_list("none").count(), 0);
        assert_eq!((get("Empty").unwrap(), get("Bare").unwrap()), (String::new(), String::new()));
        assert_eq!((get("Both").unwrap(), get("a").unwrap()), ("1".to_owned(), "b=c".to_owned()));
        assert_eq!((get("qualifier"), get("")), (None, None));
        assert_eq!(request.query_int("MaxItems").unwrap(), Some(Int(10)));
        assert_eq!(request.query_int("Large").unwrap(), Some(Int(i32::MAX.into())));
        assert_eq!(request.query_int("none").unwrap(), None);
        assert_eq!(request.query_flag("Yes").unwrap(), Some(Flag(true)));
        assert_eq!(request.query_flag("No").unwrap(), Some(Flag(false)));
        assert_eq!(request.query_flag("none").unwrap(), None);
        let told = |failure: Failure| (failure.code, failure.message.unwrap());
        let wrong = told(request.query_int("Qualifier").unwrap_err());
        let message = "'$LATEST' can not be converted to an Integer".to_owned();
        assert_eq!(wrong, ("SerializationException".into(), message));
        let wrong = told(request.query_flag("Qualifier").unwrap_err());
        assert_eq!(wrong.1, "'$LATEST' can not be converted to an Boolean");
    });
}

#[test]
fn headers_are_found_in_any_case() {
    with("f", "", "", |request| {
        let get = |name| text(request.header(name).unwrap());
        assert_eq!(get("X-Amz-Log-Type").unwrap(), "Tail");
        assert_eq!(get("x-empty").unwrap(), "");
        assert_eq!((get("x-none"), get("no name")), (None, None));
        assert_eq!(request.header("X-Binary").unwrap_err().code, "SerializationException");
    });
}

#[test]
fn a_body_is_members_or_bytes() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Members<'a> {
        #[serde(borrow)]
        role: Option<Text<'a>>,
    }
    with("f", "", r#"{"Role":"r","FunctionName":[]}"#, |request| {
        let members: Members<'_> = request.json().unwrap();
        assert!(matches!(members.role, Some(Text(Cow::Borrowed("r")))));
        assert_eq!(request.payload(), r#"{"Role":"r","FunctionName":[]}"#);
    });
    with("f", "", "", |request| {
        assert_eq!(request.json::<Members<'_>>().unwrap(), Members { role: None });
        assert!(request.payload().is_empty());
    });
    for body in ["[]", "{", "null", "1"] {
        let code = with("f", "", body, |request| request.json::<Members<'_>>().unwrap_err().code);
        assert_eq!(code, "SerializationException", "{body}");
    }
}

#[test]
fn escapes_that_are_none_are_refused() {
    for (label, query) in [("%", ""), ("%ff", ""), ("f", "a=%"), ("f", "%2=b"), ("f", "a=%ff")] {
        let failure = try_with(label, query, "", |_request| ()).unwrap_err();
        assert_eq!((failure.status, &*failure.code), (400, "MalformedHttpRequestException"));
    }
}

proptest! {
    #[test]
    fn any_query_is_read_or_refused(label in ".{0,20}", query in "[%&=+a-c2-4é]{0,40}") {
        let read = try_with(&label, &query, "", |request| {
            request.query_int("a").is_ok() && request.query_list("b").count() < 40
        });
        if let Err(failure) = read {
            prop_assert_eq!(failure.status, 400);
        }
    }
}

#[test]
fn a_header_that_is_there_twice_is_refused() {
    with("f", "", "", |request| {
        let failure = request.header("X-Twice").unwrap_err();
        assert_eq!((failure.status, &*failure.code), (400, "SerializationException"));
        assert_eq!(failure.message.as_deref(), Some("The header 'X-Twice' is given twice."));
    });
}
