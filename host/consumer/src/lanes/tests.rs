//! The lanes as a whole.
