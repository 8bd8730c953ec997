//! Tables of text: words to the left, figures to the right.

use std::fmt;

use super::style::Style;

/// A table being filled.
pub(super) struct Table {
    style: Style,
    /// How many columns, counted from the first, hold words.
    words: usize,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings, whose first column holds words.
    pub(super) fn new(style: Style, headings: &[&str]) -> Self {
        let headings = headings.iter().map(|text| (*text).to_owned()).collect();
        Self { style, words: 1, rows: vec![headings] }
    }

    /// So many columns hold words.
    #[must_use]
    pub(super) fn words(mut self, columns: usize) -> Self {
        self.words = columns;
        self
    }

    /// Adds a row; it has as many cells as there are headings.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        (0..columns).map(width).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for (index, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let cell = if column < self.words {
                    format!("  {cell:<width$}")
                } else {
                    format!("  {cell:>width$}")
                };
                line.push_str(&cell);
            }
            let line = line.trim_end();
            match index {
                0 => writeln!(f, "{}", self.style.heading(line))?,
                _ => writeln!(f, "{line}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(Style::plain(), &["shard", "records"]);
        table.row(["0".to_owned(), "1,272".to_owned()]);
        table.row(["longer".to_owned(), "7".to_owned()]);
        assert_eq!(table.to_string(), "  shard   records\n  0         1,272\n  longer        7\n");
        let mut table = Table::new(Style::plain(), &["a", "state"]).words(2);
        table.row(["0".to_owned(), "On".to_owned()]);
        table.row(["1".to_owned(), "Off".to_owned()]);
        assert_eq!(table.to_string(), "  a  state\n  0  On\n  1  Off\n");
    }
}
