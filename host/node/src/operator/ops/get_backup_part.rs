//! GetBackupPart: bytes of a file of a backup that is ready. `MANIFEST` tells which files there are.

use std::io::{self, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};
use stdx::DataDir;
use tokio::sync::oneshot;
use wire::shape::{Int, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use crate::operator::{Error, Operator};

/// What one call gives at most.
pub(crate) const PART_BYTES_MAX: u64 = 4 * 1024 * 1024;

pub(super) struct GetBackupPart;

impl Operation for GetBackupPart {
    const NAME: &str = "GetBackupPart";
    const ACTION: &str = "shardmill:GetBackupPart";
    type Service = Operator;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        operator: &Operator,
        caller: &Caller,
        _: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        operator.resources(caller, Self::ACTION)
    }

    async fn run(operator: &Operator, _: &Caller, input: Self::Input<'_>) -> Result<Output, Error> {
        let id = input.backup_id.as_ref().map_or("", Text::as_str);
        let name = input.file.as_ref().map_or("", Text::as_str).to_owned();
        let dir = operator.spool.file(id, &name)?;
        let offset = input.offset.and_then(|Int(offset)| u64::try_from(offset).ok()).unwrap_or(0);
        let (to, answer) = oneshot::channel();
        // Whoever asked may be gone.
        let work = move || drop(to.send(read(&dir, &name, offset)));
        operator.tasks.thread("backup part", work).map_err(Error::Read)?;
        let gone = |_gone| Error::Read(io::Error::other("the read ended without a result"));
        let bytes = answer.await.map_err(gone)?.map_err(Error::Read)?;
        Ok(Output { data: base64_simd::STANDARD.encode_to_string(bytes) })
    }
}

fn read(dir: &DataDir, name: &str, offset: u64) -> io::Result<Vec<u8>> {
    let mut file = dir.open(name)?.ok_or(io::ErrorKind::NotFound)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(PART_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    backup_id: Option<Text<'a>>,
    /// `MANIFEST`, or a name from there.
    #[serde(borrow)]
    file: Option<Text<'a>>,
    /// Where to begin.
    offset: Option<Int>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("backupId", self.backup_id.as_ref());
        checks.required("file", self.file.as_ref());
        checks.number("offset", self.offset.map(|Int(offset)| offset), 0, i64::MAX);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    /// Base64; empty behind the end.
    data: String,
}
