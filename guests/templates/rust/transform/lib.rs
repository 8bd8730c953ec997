//! Greets each record. Lines that begin with `#` are left out.

use shardmill_guest::{Batch, Failure, Reply, config, log, transform};

transform!(handle);

fn handle(batch: Batch) -> Result<Reply, Failure> {
    let greeting: String = config::parse("GREETING", "hello".to_owned())?;
    let mut reply = Reply::new();
    for record in &batch {
        match record.text() {
            Ok(text) if text.starts_with('#') => reply.drop_with(record, "a comment"),
            Ok(text) => drop(reply.emit(record, format!("{greeting}, {text}"))),
            // One record that fails keeps no other from being done.
            Err(error) => reply.fail(record, error),
        }
    }
    log::debug!("{} of {} records go out", reply.emits.len(), batch.records.len());
    Ok(reply)
}
