//! Values that the function keeps for partition keys, under names. Only keys of the batch can be touched.

use super::Problem;

/// A value and its name.
pub type Entry = (String, Vec<u8>);

/// Values that were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// By name.
    pub entries: Vec<Entry>,
    /// Whether there are more, behind the last of these.
    pub has_more: bool,
}

/// The value of one row.
///
/// # Errors
/// If the role does not allow state, or the key is not in the batch.
pub fn get(key: &str, name: &str) -> Result<Option<Vec<u8>>, Problem> {
    Ok(get_many(&[(key, name)])?.pop().flatten())
}

/// The values of rows (key and name), in their order: at most 10,000 rows and 6 MiB.
///
/// # Errors
/// As [`get`], or if it is more.
pub fn get_many(rows: &[(&str, &str)]) -> Result<Vec<Option<Vec<u8>>>, Problem> {
    #[cfg(all(target_family = "wasm", feature = "consumer"))]
    return crate::abi::get_many(rows);
    #[cfg(not(target_family = "wasm"))]
    return crate::testing::state_get_many(rows);
    #[cfg(all(target_family = "wasm", not(feature = "consumer")))]
    unreachable!("state is for consumers, not for {rows:?}");
}

/// Puts one value.
///
/// # Errors
/// As [`put_many`].
pub fn put(key: &str, name: &str, value: impl Into<Vec<u8>>) -> Result<(), Problem> {
    put_many([(key, name, Some(value.into()))])
}

/// Takes one value away.
///
/// # Errors
/// As [`put_many`].
pub fn delete(key: &str, name: &str) -> Result<(), Problem> {
    put_many([(key, name, None)])
}

/// Puts values (key, name and value; without one, what was there goes), all or none: at most 10,000 at once, and 20,000
/// rows of 4 MiB altogether in a batch.
///
/// # Errors
/// As [`get`], or if it is more.
pub fn put_many<K: Into<String>, N: Into<String>>(
    changes: impl IntoIterator<Item = (K, N, Option<Vec<u8>>)>,
) -> Result<(), Problem> {
    let changes = changes.into_iter().map(|(key, name, value)| (key.into(), name.into(), value));
    let changes: Vec<(String, String, Option<Vec<u8>>)> = changes.collect();
    #[cfg(all(target_family = "wasm", feature = "consumer"))]
    return crate::abi::put_many(changes);
    #[cfg(not(target_family = "wasm"))]
    return crate::testing::state_put_many(changes);
    #[cfg(all(target_family = "wasm", not(feature = "consumer")))]
    unreachable!("state is for consumers, not for {changes:?}");
}

/// The values of a key whose names begin with `prefix` and are greater than `after`, by name: up to `limit`, at most
/// 1,000.
///
/// # Errors
/// As [`get`].
pub fn scan(key: &str, prefix: &str, after: Option<&str>, limit: u32) -> Result<Page, Problem> {
    #[cfg(all(target_family = "wasm", feature = "consumer"))]
    return crate::abi::scan(key, prefix, after, limit).map(Page::of);
    #[cfg(not(target_family = "wasm"))]
    return crate::testing::state_scan(key, prefix, after, limit).map(Page::of);
    #[cfg(all(target_family = "wasm", not(feature = "consumer")))]
    unreachable!("state is for consumers: {key} {prefix} {after:?} {limit}");
}

#[cfg(any(not(target_family = "wasm"), feature = "consumer"))]
impl Page {
    fn of((entries, has_more): (Vec<Entry>, bool)) -> Self {
        Self { entries, has_more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn values_are_kept_for_keys_of_the_batch() {
        let batch = testing::batch([("a", "1"), ("b", "2")]);
        testing::with_state(&batch, || {
            assert_eq!(get("a", "n"), Ok(None));
            put("a", "n", "v").unwrap();
            put_many([("a", "m", Some(vec![1])), ("b", "n", Some(vec![2]))]).unwrap();
            assert_eq!(get("a", "n").unwrap().as_deref(), Some(&b"v"[..]));
            let page = scan("a", "", None, 1).unwrap();
            assert_eq!(page, Page { entries: vec![("m".to_owned(), vec![1])], has_more: true });
            assert_eq!(scan("a", "n", None, 9).unwrap().entries.len(), 1);
            delete("a", "n").unwrap();
            assert_eq!(scan("a", "", Some("m"), 9), Ok(Page::default()));
            assert!(matches!(get("c", "n"), Err(Problem::Invalid(_))));
        });
    }
}
