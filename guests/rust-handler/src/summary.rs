//! What is answered.

use serde::Serialize;

use crate::event::Order;

/// What became of the records of an event.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary<'a> {
    pub(crate) paid: u32,
    pub(crate) total: f64,
    /// Orders that do not count.
    pub(crate) others: u32,
    batch_item_failures: Vec<Failure<'a>>,
}

/// A record that failed, as Lambda wants it named.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure<'a> {
    item_identifier: &'a str,
}

impl<'a> Summary<'a> {
    pub(crate) fn add(&mut self, order: &Order) {
        self.paid += 1;
        self.total += order.amount;
    }

    pub(crate) fn fail(&mut self, sequence: &'a str) {
        self.batch_item_failures.push(Failure { item_identifier: sequence });
    }
}
