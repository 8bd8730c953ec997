//! The flags of `shardmill serve`, as typed.

use std::path::PathBuf;

use clap::Args;

use super::{LogFormat, TlsMode};

/// Where flag and file say nothing, a default holds.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ServeFlags {
    /// Directory that holds everything; made if its parent exists [default: ./shardmill-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// Address and port to listen on; port 0 picks a free one [default: 127.0.0.1:4566]
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Option<String>,

    /// Further addresses to listen on, with the names that policies know them by, separated by commas
    #[arg(long, value_name = "NAME=HOST:PORT", value_delimiter = ',')]
    pub(crate) listeners: Vec<String>,

    /// Whether connections are protected: off, optional (clear text and TLS on each port) or required
    /// [default: optional]
    #[arg(long, value_name = "MODE")]
    pub(crate) tls: Option<TlsMode>,

    /// Certificate chain (PEM); if not given, shardmill makes one: see `shardmill tls export`
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// Private key of the certificate (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_key: Option<PathBuf>,

    /// More names for the certificate that shardmill makes, separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) tls_names: Vec<String>,

    /// Configuration file (TOML); flags override it
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Accept the well-known key `test`/`test` in account 000000000000; for development only
    #[arg(long)]
    pub(crate) dev: bool,

    /// Let --dev listen on an address that other machines can reach
    #[arg(long)]
    pub(crate) dev_allow_remote: bool,

    /// Lift the throughput limits of AWS (1 MiB/s and 1,000 records/s a shard, and so on)
    #[arg(long)]
    pub(crate) no_limits: bool,

    /// Let records expire by the clock as it is, although it went ahead by more than an hour while the server was down
    #[arg(long)]
    pub(crate) accept_time: bool,

    /// Regions to serve, separated by commas; any well-formed one if not given
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    pub(crate) regions: Vec<String>,

    /// Make calls about data events of the audit trail, too (PutRecord, GetRecords, Invoke and the like)
    #[arg(long)]
    pub(crate) audit_data_events: bool,

    /// File with the master key, which keys are sealed with (64 hexadecimal digits); made if not given
    /// [default: master.key in the data directory]
    #[arg(long, value_name = "FILE")]
    pub(crate) master_key_file: Option<PathBuf>,

    /// Directory in which backups are made that somebody fetches; made if its parent exists [default: backups in the data directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) backup_dir: Option<PathBuf>,

    /// Directory with the interpreters that run functions which are source code [default: interpreters in the data directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) interpreters: Option<PathBuf>,

    /// Refuse records while less is free on the disk, in MiB; 0 never refuses [default: 128, less on a small disk]
    #[arg(long, value_name = "MIB")]
    pub(crate) low_water_mib: Option<u64>,

    /// Room on the disk that is held in reserve for trimming when it is full, in MiB [default: 64, less on a small disk]
    #[arg(long, value_name = "MIB")]
    pub(crate) ballast_mib: Option<u64>,

    /// Connections at most, all clients together
    #[arg(long, value_name = "COUNT")]
    pub(crate) connections_max: Option<usize>,

    /// Connections at most from one address
    #[arg(long, value_name = "COUNT")]
    pub(crate) connections_per_address_max: Option<usize>,

    /// Memory for request bodies being read, all requests together, in MiB, 20 at least
    #[arg(long, value_name = "MIB")]
    pub(crate) body_budget_mib: Option<usize>,

    /// Memory of functions, all together, in MiB, 64 at least [default: half of what there is]
    #[arg(long, value_name = "MIB")]
    pub(crate) function_memory_mib: Option<usize>,

    /// Seconds that requests and storage get to finish after SIGTERM or SIGINT, a day at most [default: 30]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) drain_seconds: Option<u64>,

    /// Networks that outgoing requests of functions and destinations may go to besides the open internet, separated by
    /// commas, such as 10.0.0.0/8
    #[arg(long, value_name = "NETWORK", value_delimiter = ',')]
    pub(crate) egress_networks: Vec<String>,

    /// Certificates (PEM) of authorities that outgoing requests trust besides those of the system
    #[arg(long, value_name = "FILE")]
    pub(crate) egress_ca: Option<PathBuf>,

    /// Where the buckets of destinations are, such as http://10.0.0.7:9000 [default: AWS's own S3]
    #[arg(long, value_name = "URL")]
    pub(crate) s3_endpoint: Option<String>,

    /// The region that requests to it are signed for [default: the function's]
    #[arg(long, value_name = "REGION")]
    pub(crate) s3_region: Option<String>,

    /// A bucket is a host of its own there, BUCKET.HOST, rather than the beginning of the path
    #[arg(long)]
    pub(crate) s3_bucket_hosts: bool,

    /// Which messages to log: a level, or `target=level` pairs separated by commas [default: info]
    #[arg(long, value_name = "FILTER")]
    pub(crate) log_filter: Option<String>,

    /// How to write the log [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
}
