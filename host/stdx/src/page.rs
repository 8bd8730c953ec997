//! A page of a list.

/// The first of something that is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// In the order of the list.
    pub items: Vec<T>,
    /// Whether more come after these.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// Up to `limit` of `items`.
    pub fn first(limit: usize, items: impl IntoIterator<Item = T>) -> Self {
        let mut rest = items.into_iter();
        let items = rest.by_ref().take(limit).collect();
        Self { items, has_more: rest.next().is_some() }
    }

    /// The last of them, if more come after it: where the next page begins.
    pub fn last_of_more(&self) -> Option<&T> {
        self.items.last().filter(|_| self.has_more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_full_may_be_the_last() {
        let page = |limit| Page::first(limit, [1, 2, 3]);
        assert_eq!(page(3), Page { items: vec![1, 2, 3], has_more: false });
        assert_eq!((page(3).last_of_more(), page(9).last_of_more()), (None, None));
        assert_eq!(page(2), Page { items: vec![1, 2], has_more: true });
        assert_eq!(page(2).last_of_more(), Some(&2));
        assert_eq!(page(0).last_of_more(), None);
    }
}
