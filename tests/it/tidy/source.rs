//! Our Rust files, and which of their lines are code of the product.

use e2e::workspace;

/// A Rust file of the project.
pub(super) struct Source {
    /// Relative to the root, with forward slashes.
    pub(super) path: String,
    pub(super) text: String,
}

/// A function as found by its indentation, which rustfmt guarantees.
pub(super) struct Function {
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) lines: usize,
}

/// Every Rust file of host, guests, sdk, examples and tests.
pub(super) fn all() -> Vec<Source> {
    let files = workspace::files().into_iter();
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| {
            let text = workspace::text(&path)?;
            let path = path.to_str()?.replace('\\', "/");
            Some(Source { path, text })
        })
        .collect()
}

impl Source {
    /// Whether it is part of the product and not of its tests.
    pub(super) fn is_product(&self) -> bool {
        let is_test = self.path.contains("/tests/") || self.path.ends_with("/tests.rs");
        self.path.starts_with("host/") && self.path.contains("/src/") && !is_test
    }

    /// The file without its module of tests, which stands at its end.
    pub(super) fn code(&self) -> &str {
        let starts = ["mod tests {", "pub(crate) mod tests {"].iter();
        let ends = starts.filter_map(|start| self.text.find(&format!("#[cfg(test)]\n{start}")));
        &self.text[..ends.min().unwrap_or(self.text.len())]
    }

    /// The functions in [`Source::code`].
    pub(super) fn functions(&self) -> Vec<Function> {
        let lines: Vec<&str> = self.code().lines().collect();
        let starts = lines.iter().enumerate();
        starts.filter_map(|(at, line)| function(&lines, at, line)).collect()
    }
}

fn function(lines: &[&str], at: usize, line: &str) -> Option<Function> {
    let indent = &line[..line.len() - line.trim_start().len()];
    let words = line.trim_start().split_once("fn ")?;
    let is_start = words.0.trim_end().split(' ').all(is_qualifier);
    let name: String = words.1.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    if !is_start || name.is_empty() {
        return None;
    }
    let ends = |line: &&str| *line == format!("{indent}}}");
    let is_one_line = line.ends_with('}') || line.ends_with(';');
    let more = lines[at..].iter().position(ends).filter(|_| !is_one_line);
    Some(Function { line: at + 1, name, lines: more.map_or(1, |more| more + 1) })
}

fn is_qualifier(word: &str) -> bool {
    ["", "pub", "pub(crate)", "pub(super)", "const", "async", "unsafe"].contains(&word)
}

#[test]
fn functions_are_found_with_their_lengths() {
    let text = "//! x\n\npub(crate) const fn one() {}\n\nimpl X {\n    async fn two(\n        &self,\n    ) {\n        1;\n    }\n}\n\n#[cfg(test)]\nmod tests {\n    fn three() {}\n}\n";
    let source = Source { path: "host/x/src/y.rs".to_owned(), text: text.to_owned() };
    let found: Vec<(String, usize)> =
        source.functions().into_iter().map(|function| (function.name, function.lines)).collect();
    assert_eq!(found, [("one".to_owned(), 1), ("two".to_owned(), 5)]);
}
