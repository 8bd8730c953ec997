//! Lookups that come to an end when a test lets them, and those that wait behind them.

use std::future::ready;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::*;

/// Tells which lookups have begun, and lets one end for each word that it is sent.
struct Silent {
    begun: mpsc::Sender<String>,
    end: Mutex<Receiver<()>>,
}

impl Resolve for Silent {
    fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        self.begun.blocking_send(name.to_owned()).expect("the test listens");
        self.end.lock().recv().expect("the test tells");
        assert_ne!(name, "panic", "on purpose");
        Ok(vec![IpAddr::from([127, 0, 0, 1])])
    }
}

struct Trial {
    lookups: Lookups,
    tasks: Tasks,
    begun: mpsc::Receiver<String>,
    end: SyncSender<()>,
}

impl Trial {
    fn new() -> Self {
        let (to_test, begun) = mpsc::channel(64);
        let (end, from_test) = sync_channel(64);
        let resolver = Arc::new(Silent { begun: to_test, end: Mutex::new(from_test) });
        let tasks = Tasks::new();
        Self { lookups: Lookups::new(resolver, tasks.clone()), tasks, begun, end }
    }

    fn end(&self, count: usize) {
        for _ in 0..count {
            self.end.send(()).unwrap();
        }
    }

    /// Waits until every thread has ended, and sees that nothing is left.
    async fn settled(&self) {
        self.tasks.drained().await;
        assert_eq!(self.lookups.each.present(), 0);
        assert_eq!(self.lookups.all.available_permits(), LOOKUPS_MAX);
    }
}

type Lookup<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + 'a>>;

fn askers(tenant: u64, count: usize) -> Vec<Asker> {
    let tenant: AccountId = format!("{tenant:012}").parse().unwrap();
    (0..count).map(|_| Asker::new(tenant)).collect()
}

/// Goes on with a lookup that does not end yet; whether it waits for its turn then.
async fn waits(lookup: &mut Lookup<'_>, asker: &Asker) -> bool {
    tokio::select! {
        biased;
        found = lookup => panic!("nobody has let it end: {found:?}"),
        () = ready(()) => asker.waits_for_its_turn(),
    }
}

/// Begins a lookup for each.
async fn begin<'a>(lookups: &'a Lookups, askers: &'a [Asker]) -> (Vec<Lookup<'a>>, Vec<bool>) {
    let (mut all, mut waiting) = (Vec::new(), Vec::new());
    for asker in askers {
        let mut lookup: Lookup<'a> = Box::pin(lookups.lookup(asker, "silent.test"));
        waiting.push(waits(&mut lookup, asker).await);
        all.push(lookup);
    }
    (all, waiting)
}

#[tokio::test]
async fn silent_names_of_one_tenant_are_in_nobody_elses_way() {
    let trial = Trial::new();
    let (mine, others) = (askers(1, TENANT_LOOKUPS_MAX + 1), askers(2, 1));
    let (lookups, waiting) = begin(&trial.lookups, &mine).await;
    assert_eq!(waiting, [false, false, false, false, true]);
    let (of_others, waiting) = begin(&trial.lookups, &others).await;
    assert_eq!(waiting, [false]);
    trial.end(TENANT_LOOKUPS_MAX + 2);
    for lookup in lookups.into_iter().chain(of_others) {
        assert_eq!(lookup.await.unwrap(), [IpAddr::from([127, 0, 0, 1])]);
    }
    trial.settled().await;
}

#[tokio::test]
async fn a_lookup_that_was_given_up_has_its_place_until_its_thread_ends() {
    let mut trial = Trial::new();
    let mine = askers(1, TENANT_LOOKUPS_MAX);
    let (given_up, _) = begin(&trial.lookups, &mine).await;
    for _ in &given_up {
        trial.begun.recv().await.unwrap();
    }
    drop(given_up);
    let asker = Asker::new(mine[0].tenant);
    let mut next: Lookup<'_> = Box::pin(trial.lookups.lookup(&asker, "next.test"));
    assert!(waits(&mut next, &asker).await);
    assert_eq!(trial.tasks.running(), TENANT_LOOKUPS_MAX);
    trial.end.send(()).unwrap();
    tokio::select! {
        _ = &mut next => panic!("nobody has let it end"),
        name = trial.begun.recv() => assert_eq!(name.as_deref(), Some("next.test")),
    }
    assert!(!asker.waits_for_its_turn());
    for _ in 0..TENANT_LOOKUPS_MAX {
        trial.end.send(()).unwrap();
    }
    next.await.unwrap();
    trial.settled().await;
}

#[tokio::test]
async fn many_tenants_share_what_there_is() {
    let trial = Trial::new();
    let tenants = LOOKUPS_MAX / TENANT_LOOKUPS_MAX;
    let mut all: Vec<Asker> = Vec::new();
    for tenant in 0..tenants {
        all.extend(askers(tenant as u64, TENANT_LOOKUPS_MAX));
    }
    let late = askers(99, 1);
    let (lookups, waiting) = begin(&trial.lookups, &all).await;
    assert!(!waiting.contains(&true));
    let (of_late, waiting) = begin(&trial.lookups, &late).await;
    assert_eq!(waiting, [true]);
    // Who stops waiting leaves nothing behind.
    drop(of_late);
    assert_eq!(trial.lookups.each.present(), tenants);
    trial.end(LOOKUPS_MAX);
    for lookup in lookups {
        lookup.await.unwrap();
    }
    trial.settled().await;
}

#[tokio::test]
async fn a_resolver_that_panics_is_an_error_and_gives_its_place_back() {
    let trial = Trial::new();
    trial.end(1);
    let asker = Asker::new(AccountId::DEV);
    assert!(trial.lookups.lookup(&asker, "panic").await.is_err());
    trial.settled().await;
}

#[test]
fn the_system_knows_addresses_and_its_own_name() {
    let system = SystemResolver::default();
    assert_eq!(system.lookup("192.0.2.1").unwrap(), [IpAddr::from([192, 0, 2, 1])]);
    assert!(system.lookup("localhost").unwrap().iter().all(IpAddr::is_loopback));
}
