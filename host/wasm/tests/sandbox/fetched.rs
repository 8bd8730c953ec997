//! Consumers that wait for other hosts: with `guests/rust-enrich`, which asks once for each key of its batch.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::join_all;
use stdx::Secret;
use tokio::sync::watch;
use wasm::message::{
    Answer, Fault, Fetch, Fetched, HeaderText, Keyed, KeyedWork, NotFetched, Outside, Page, Put,
    RowName, Scan, SetTimer,
};
use wasm::{Call, ComponentId, Limits, Sandbox};

use crate::program;
use crate::support::{Bed, LIMITS, batch, call};

const ENRICH: &[u8] = include_bytes!("../../../../guests/rust-enrich/enrich.wasm");

/// A service that answers once it may, and who waits for it.
#[derive(Debug, Default)]
struct Service {
    waiting: watch::Sender<usize>,
    answers: watch::Sender<bool>,
}

/// Counts one that waits, until it is dropped.
struct Waits<'s>(&'s Service);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.waiting.send_modify(|waiting| *waiting -= 1);
    }
}

#[async_trait]
impl Outside for Service {
    async fn get_many(&self, _: Vec<RowName>) -> Answer<Vec<Option<Bytes>>> {
        unreachable!("the guest keeps nothing")
    }

    fn put_many(&self, _: Vec<Put>) -> Answer<()> {
        unreachable!("the guest keeps nothing")
    }

    async fn scan(&self, _: Scan) -> Answer<Page> {
        unreachable!("the guest keeps nothing")
    }

    fn set_timers(&self, _: Vec<SetTimer>) -> Answer<()> {
        unreachable!("the guest sets no timers")
    }

    fn open_secret(&self, _: String) -> Answer<u32> {
        Ok(7)
    }

    fn reveal_secret(&self, _: u32) -> Answer<Secret<String>> {
        unreachable!("the guest needs not know it")
    }

    async fn fetch(&self, request: Fetch) -> Result<Fetched, NotFetched> {
        let (prefix, suffix) = ("Bearer ".to_owned(), String::new());
        let sealed = HeaderText::Secret { secret: 7, prefix, suffix };
        assert_eq!(request.headers, [("authorization".to_owned(), sealed)]);
        assert!(request.url.starts_with("https://people.test/"), "{}", request.url);
        self.waiting.send_modify(|waiting| *waiting += 1);
        let _waits = Waits(self);
        let mut answers = self.answers.subscribe();
        answers.wait_for(|answers| *answers).await.unwrap();
        Ok(Fetched { status: 404, headers: Vec::new(), body: Bytes::new() })
    }
}

fn asking(id: ComponentId, limits: Limits, service: &Arc<Service>) -> Call<Keyed> {
    let outside = Arc::clone(service) as Arc<dyn Outside>;
    let input = Arc::new(Keyed { work: KeyedWork::Records(batch(3, 10)), outside });
    let Call { component, tenant, function, .. } = call(id, limits);
    let environment = [("SERVICE".to_owned(), "https://people.test".to_owned())].into();
    Call { component, tenant, function, limits, environment, input }
}

#[tokio::test]
async fn a_guest_that_waits_ends_at_its_deadline_and_so_does_its_request() {
    let bed = Bed::new();
    let id = bed.try_admit(ENRICH).await.unwrap().id;
    let service = Arc::new(Service::default());
    let limits = Limits { time: Duration::from_millis(300), ..LIMITS };
    let ended = bed.host.consume(asking(id, limits, &service)).await;
    assert_eq!(ended.result, Err(Fault::TimedOut(limits.time)));
    assert_eq!(*service.waiting.borrow(), 0);
}

#[tokio::test]
async fn guests_that_wait_keep_nobody_from_running() {
    let bed = Bed::with(|options| options.threads = 1);
    let id = bed.try_admit(ENRICH).await.unwrap().id;
    let other = bed.admit(program!("identity")).await;
    let service = Arc::new(Service::default());
    let all = join_all((0..40).map(|_| bed.host.consume(asking(id, LIMITS, &service))));
    let meanwhile = async {
        let mut waiting = service.waiting.subscribe();
        waiting.wait_for(|waiting| *waiting == 40).await.unwrap();
        assert!(bed.host.call(call(other, LIMITS)).await.result.is_ok());
        service.answers.send_replace(true);
    };
    let (all, ()) = tokio::join!(all, meanwhile);
    for ended in all {
        assert_eq!(ended.result.unwrap().emits.len(), 3);
    }
}
