//! Whose calls are in hand: so many of one tenant, so many of all.

use std::collections::HashMap;
use std::sync::Arc;

use domain::AccountId;
use parking_lot::Mutex;

use crate::error::Error;
use crate::limits::Limits;

/// Counts calls.
#[derive(Debug, Default)]
pub(crate) struct Tenants(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    each: HashMap<AccountId, usize>,
}

/// A call in hand, until dropped.
#[derive(Debug)]
pub(crate) struct InHand {
    tenants: Arc<Tenants>,
    tenant: AccountId,
}

impl InHand {
    /// Takes a place. Whoever finds none is told at once: a guest that waited would hold its own place meanwhile.
    pub(crate) fn enter(
        tenants: &Arc<Tenants>,
        tenant: AccountId,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let mut counts = tenants.0.lock();
        let mine = counts.each.get(&tenant).copied().unwrap_or(0);
        if counts.all >= limits.calls_max || mine >= limits.tenant_calls_max {
            return Err(Error::Busy);
        }
        counts.all += 1;
        counts.each.insert(tenant, mine + 1);
        Ok(Self { tenants: Arc::clone(tenants), tenant })
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        let mut counts = self.tenants.0.lock();
        counts.all -= 1;
        if let Some(mine) = counts.each.get_mut(&self.tenant) {
            *mine -= 1;
            if *mine == 0 {
                counts.each.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_has_its_own_places_and_nobody_all() {
        let limits = Limits { tenant_calls_max: 2, calls_max: 3, ..Limits::default() };
        let tenants = Arc::new(Tenants::default());
        let [one, other] =
            ["111111111111", "222222222222"].map(|id| id.parse::<AccountId>().unwrap());
        let enter = |tenant| InHand::enter(&tenants, tenant, &limits);
        let (first, second) = (enter(one).unwrap(), enter(one).unwrap());
        assert!(enter(one).is_err(), "the tenant's own bound");
        let third = enter(other).unwrap();
        assert!(enter(other).is_err(), "the bound of all");
        drop(first);
        let again = enter(one).unwrap();
        drop((second, third, again));
        assert!(tenants.0.lock().each.is_empty());
    }
}
