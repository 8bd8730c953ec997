//! Functions over streams as their users meet them: boto3, crashes, hostile neighbours.

mod cli;
mod crash;
mod python;
mod reading;
