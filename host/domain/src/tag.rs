//! Tags of whatever has some.

/// Whether a tag key is one of those that only AWS gives: they begin with `aws:` (AWS guides, "Tag naming and usage
/// conventions"). In capitals, too, so that none looks like one.
#[must_use]
pub fn is_reserved(key: &str) -> bool {
    key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}
