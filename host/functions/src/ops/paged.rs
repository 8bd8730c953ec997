//! Pages of a list: how many entries a caller wants, and the sealed marker that says where the next page begins.
//!
//! A marker is sealed for one list: the version of its content (1), then the key of the page's last entry. Keys are
//! written in one place each, so that a list says only what its key is.

use domain::{AliasName, FunctionName, MappingId, Qualifier};
use stdx::Page;
use wire::rest::Request;
use wire::shape::{Int, Text};
use wire::token::Purpose;
use wire::{Checks, Failure};

use super::Service;
use crate::{Error, Result};

/// What may be asked for of most lists (Lambda model).
pub(super) const MAX_ITEMS: i64 = 10_000;

/// One list: its bounds, and what its markers are.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    /// What markers are sealed for.
    pub(super) markers: Purpose,
    /// The form of the key in them: a marker of another version is none.
    pub(super) version: u8,
    /// Entries of a page at most, whatever is asked for.
    pub(super) page: usize,
    /// What may be asked for.
    pub(super) max_items: i64,
}

/// What places an entry in its list.
pub(super) trait Key: Sized {
    /// As a marker has it.
    fn bytes(&self) -> Vec<u8>;
    /// From a marker.
    fn parse(bytes: &[u8]) -> Option<Self>;
}

/// What a caller asks of a page.
#[derive(Debug)]
pub(super) struct Paging<'a> {
    marker: Option<Text<'a>>,
    max_items: Option<Int>,
}

impl<'a> Paging<'a> {
    /// From `Marker` and `MaxItems`; an empty marker is none.
    pub(super) fn from_request(request: &Request<'a>) -> Result<Self, Failure> {
        Ok(Self {
            marker: request.query("Marker").filter(|marker| !marker.as_str().is_empty()),
            max_items: request.query_int("MaxItems")?,
        })
    }

    pub(super) fn check(&self, checks: &mut Checks, list: List) {
        checks.number("maxItems", self.max_items.map(|Int(count)| count), 1, list.max_items);
    }

    /// The key behind which the page begins.
    ///
    /// # Errors
    /// If the marker was not given out by this list.
    pub(super) fn after<K: Key>(&self, functions: &Service, list: List) -> Result<Option<K>> {
        let Some(marker) = &self.marker else { return Ok(None) };
        let content = functions.open_token(list.markers, marker.as_str())?;
        let key = content.strip_prefix(&[list.version]).and_then(K::parse);
        key.map(Some).ok_or(Error::Token)
    }

    /// The page of these entries: as many as are asked for, but not more than AWS gives.
    pub(super) fn page<T>(&self, list: List, entries: impl Iterator<Item = T>) -> Listed<T> {
        let asked = self.max_items.and_then(|Int(count)| usize::try_from(count).ok());
        let limit = asked.unwrap_or(list.page).min(list.page);
        Listed { list, page: Page::first(limit, entries) }
    }
}

/// A page of a list.
#[derive(Debug)]
pub(super) struct Listed<T> {
    list: List,
    page: Page<T>,
}

impl<T> Listed<T> {
    /// Its entries.
    pub(super) fn entries(&self) -> &[T] {
        &self.page.items
    }

    /// The marker of the next page, if there is one.
    pub(super) fn next_marker<K: Key>(
        &self,
        functions: &Service,
        key: impl FnOnce(&T) -> K,
    ) -> Option<String> {
        let last = self.page.last_of_more()?;
        let content = [&[self.list.version], key(last).bytes().as_slice()].concat();
        Some(functions.seal(self.list.markers, &content))
    }
}

fn text<T: std::str::FromStr>(bytes: &[u8]) -> Option<T> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

impl Key for AliasName {
    fn bytes(&self) -> Vec<u8> {
        self.as_str().into()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        text(bytes)
    }
}

impl Key for Qualifier {
    fn bytes(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        text(bytes)
    }
}

/// The number of a version, big-endian; 0 is the function as it is now.
impl Key for u64 {
    fn bytes(&self) -> Vec<u8> {
        self.to_be_bytes().into()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

/// A version of a function: its number, then the function's name.
impl Key for (FunctionName, u64) {
    fn bytes(&self) -> Vec<u8> {
        [&self.1.to_be_bytes(), self.0.as_str().as_bytes()].concat()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (number, name) = bytes.split_first_chunk()?;
        Some((text(name)?, u64::from_be_bytes(*number)))
    }
}

impl Key for MappingId {
    fn bytes(&self) -> Vec<u8> {
        self.0.into()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn returns<K: Key + PartialEq + std::fmt::Debug>(key: K) {
        assert_eq!(K::parse(&key.bytes()), Some(key));
    }

    #[test]
    fn keys_are_read_as_they_were_written() {
        returns("live".parse::<AliasName>().unwrap());
        returns("live".parse::<Qualifier>().unwrap());
        returns("$LATEST".parse::<Qualifier>().unwrap());
        returns(7_u64);
        returns(("quakes".parse::<FunctionName>().unwrap(), 7_u64));
        returns(MappingId([7; 16]));
    }

    #[test]
    fn other_bytes_are_no_keys() {
        assert_eq!(AliasName::parse(b"no alias"), None);
        assert_eq!(u64::parse(&[0; 7]), None);
        assert_eq!(<(FunctionName, u64)>::parse(&[0; 8]), None);
        assert_eq!(MappingId::parse(&[0; 17]), None);
    }

    #[test]
    fn a_page_has_what_is_asked_for_up_to_what_aws_gives() {
        let page = |max_items, entries| {
            let paging = Paging { marker: None, max_items: Some(Int(max_items)) };
            let list =
                List { markers: Purpose::ListAliases, version: 1, page: 50, max_items: MAX_ITEMS };
            let page = paging.page(list, 0..entries);
            (page.entries().len(), page.page.has_more)
        };
        assert_eq!(page(2, 3), (2, true));
        assert_eq!(page(2, 2), (2, false));
        assert_eq!(page(10_000, 200), (50, true));
    }
}
