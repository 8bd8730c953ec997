//! Generated calls on one stream, compared with a model of it.

mod compare;
mod reference;
mod steps;
