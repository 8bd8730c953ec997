//! AWS's oldest protocol, the query form, as far as services that spoke it first are concerned: their exceptions
//! had other names there, which their clients still know them by.

mod code;

pub use code::{code, error_header};
