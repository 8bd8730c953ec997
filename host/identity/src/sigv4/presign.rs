//! The client's half of presigned requests: a query that carries the signature.

use http::header::HOST;

use super::canonical::{Query, Target, request_head, signed_list, string_to_sign};
use super::credential::{is_access_key_id, is_scope_name};
use super::encoding::percent_encode;
use super::headers::{AMZ_DATE, SECURITY_TOKEN};
use super::key::SigningKey;
use super::payload::body_sha256;
use super::sign::{Credentials, Scope, SignError, Unsigned, names_to_sign};
use super::signed_name::SignedName;
use super::time::RequestTime;
use super::{ALGORITHM, TERMINATOR};

/// Gives path and query to send the request with, within `expires_s` seconds and with the headers that it has.
pub fn presign(
    request: &Unsigned<'_>,
    credentials: &Credentials<'_>,
    scope: &Scope<'_>,
    now_ms: i64,
    expires_s: u32,
) -> Result<String, SignError> {
    let Scope { region, service } = scope;
    let names = [*region, *service];
    if !is_access_key_id(credentials.access_key_id) || !names.into_iter().all(is_scope_name) {
        return Err(SignError::Scope);
    }
    let time = RequestTime::from_unix_ms(now_ms).ok_or(SignError::Time)?;
    let mut headers = request.headers.clone();
    headers.remove(AMZ_DATE);
    headers.remove(SECURITY_TOKEN);
    let signed = names_to_sign(SignedName::Header(HOST), &headers)?;
    let scope = format!("{}/{region}/{service}/{TERMINATOR}", time.date());
    let credential = format!("{}/{scope}", credentials.access_key_id);
    let expires = expires_s.to_string();
    let names = signed_list(&signed);
    let mut parameters = vec![
        ("X-Amz-Algorithm", ALGORITHM),
        ("X-Amz-Credential", &credential),
        ("X-Amz-Date", time.iso_basic()),
        ("X-Amz-Expires", &expires),
        ("X-Amz-SignedHeaders", &names),
    ];
    parameters.extend(credentials.security_token.map(|token| ("X-Amz-Security-Token", token)));

    let (path, query) =
        request.path_and_query.split_once('?').unwrap_or((request.path_and_query, ""));
    let mut query = query.to_owned();
    for (name, value) in parameters {
        push(&mut query, name, value);
    }
    let parsed = Query::parse(path, &query).map_err(SignError::Target)?;
    let target = Target { method: request.method, path, host: request.host };
    let head = request_head(&target, &parsed, &headers, &signed);
    let text = string_to_sign(time.iso_basic(), &scope, &head, &body_sha256(request.body));
    let key = SigningKey::derive(credentials.secret_access_key, time.date(), region, service);
    push(&mut query, "X-Amz-Signature", &stdx::hex(&key.sign(&text)));
    Ok(format!("{path}?{query}"))
}

fn push(query: &mut String, name: &str, value: &str) {
    let mut encoded = Vec::with_capacity(value.len());
    for byte in value.bytes() {
        percent_encode(byte, &mut encoded);
    }
    if !query.is_empty() {
        query.push('&');
    }
    query.push_str(name);
    query.push('=');
    // What was encoded has no other characters.
    query.extend(encoded.into_iter().map(char::from));
}
