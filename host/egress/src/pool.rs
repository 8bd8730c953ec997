//! Connections that are kept for the next call of the same tenant to the same target.

use std::collections::HashMap;

use domain::AccountId;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::connect::Connection;
use crate::limits::Limits;
use crate::target::Target;

/// Kept connections, by whose they are: nobody talks over another's.
#[derive(Default)]
pub(crate) struct Pool(Mutex<HashMap<AccountId, Vec<Kept>>>);

struct Kept {
    target: Target,
    connection: Connection,
    since: Instant,
}

impl Pool {
    /// One to this target that is still good, as far as is known.
    pub(crate) fn take(
        &self,
        tenant: AccountId,
        target: &Target,
        limits: &Limits,
    ) -> Option<Connection> {
        let mut pool = self.0.lock();
        let kept = pool.get_mut(&tenant)?;
        kept.retain(|it| it.is_good(limits));
        let at = kept.iter().rposition(|it| it.target == *target);
        let taken = at.map(|at| kept.swap_remove(at).connection);
        if kept.is_empty() {
            pool.remove(&tenant);
        }
        taken
    }

    /// Keeps one; the oldest goes if there are too many.
    pub(crate) fn keep(
        &self,
        tenant: AccountId,
        target: Target,
        connection: Connection,
        limits: &Limits,
    ) {
        if connection.is_closed() || limits.tenant_idle_max == 0 {
            return;
        }
        let mut pool = self.0.lock();
        let kept = pool.entry(tenant).or_default();
        if kept.len() >= limits.tenant_idle_max
            && let Some(oldest) = (0..kept.len()).min_by_key(|at| kept[*at].since)
        {
            kept.swap_remove(oldest);
        }
        kept.push(Kept { target, connection, since: Instant::now() });
    }

    /// Lets go of those that were kept for too long.
    pub(crate) fn sweep(&self, limits: &Limits) {
        self.0.lock().retain(|_, kept| {
            kept.retain(|it| it.is_good(limits));
            !kept.is_empty()
        });
    }
}

impl Kept {
    fn is_good(&self, limits: &Limits) -> bool {
        !self.connection.is_closed() && self.since.elapsed() < limits.idle
    }
}
