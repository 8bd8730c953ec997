//! The operations, one file each, and the table of them.

mod create_backup;
mod delete_backup;
mod describe_backup;
mod describe_server;
mod get_backup_part;

use wire::Entry;

use super::Operator;
use create_backup::CreateBackup;
use delete_backup::DeleteBackup;
use describe_backup::DescribeBackup;
use describe_server::DescribeServer;
use get_backup_part::GetBackupPart;

pub(crate) use get_backup_part::PART_BYTES_MAX;

/// Sorted by name.
pub(super) const OPERATIONS: &[Entry<Operator>] = &[
    Entry::works::<CreateBackup>(),
    Entry::works::<DeleteBackup>(),
    Entry::works::<DescribeBackup>(),
    Entry::works::<DescribeServer>(),
    Entry::works::<GetBackupPart>(),
];
