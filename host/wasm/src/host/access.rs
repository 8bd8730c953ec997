//! `shardmill:guest/access`: how a guest is told that it does not get what it asks for.

use std::future::Future;

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lower};

use crate::message::{Answer, Refused};
use crate::run::{NotNow, State, Stop};

/// `access.problem`.
#[derive(ComponentType, Lower)]
#[component(variant)]
pub(super) enum Problem {
    #[component(name = "denied")]
    Denied(String),
    #[component(name = "invalid")]
    Invalid(String),
    #[component(name = "extra")]
    #[expect(dead_code, reason = "room for later")]
    Extra((String, String)),
}

/// What a guest is told.
pub(super) type Told<T> = wasmtime::Result<(Result<T, Problem>,)>;

/// Rows that a guest may name in one call, of a list or a page.
pub(super) const ROWS_MAX: usize = 10_000;

/// Waits for an answer, as long as the guest may run.
pub(super) async fn within<T>(
    store: &StoreContextMut<'_, State>,
    answer: impl Future<Output = T>,
) -> wasmtime::Result<T> {
    let left = store.data().wait();
    let answer = tokio::time::timeout(left, answer).await;
    answer.map_err(|_elapsed| Stop::Time.into())
}

/// What the guest is told of `answer`, with `told` made of what it gets.
pub(super) fn tell<T, U>(answer: Answer<T>, told: impl FnOnce(T) -> U) -> Told<U> {
    match answer {
        Ok(value) => Ok((Ok(told(value)),)),
        Err(Refused::Denied(why)) => Ok((Err(Problem::Denied(why)),)),
        Err(Refused::Invalid(why) | Refused::TooMuch { why, .. }) => invalid(why),
        Err(Refused::NotNow(why)) => Err(NotNow(why).into()),
    }
}

/// What the guest is told if it asks for too many rows.
pub(super) fn too_many<T>(rows: usize) -> Told<T> {
    invalid(format!("{rows} rows in one call; at most {ROWS_MAX} are taken"))
}

/// What the guest is told if it was given too much.
pub(super) fn too_much<T>() -> Told<T> {
    invalid("a call is given at most 32 MiB by all that it asks for".to_owned())
}

pub(super) fn invalid<T>(why: String) -> Told<T> {
    Ok((Err(Problem::Invalid(why)),))
}
