//! Languages that functions may be written in as source code, and the runtimes of AWS that mean them.

/// A language whose interpreter runs functions as they were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// On QuickJS, with what Node.js has around the language.
    JavaScript,
    /// On CPython.
    Python,
}

/// Runtimes that are taken for JavaScript. One interpreter runs them all.
const NODE: [&str; 4] = ["nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x"];

/// Runtimes that are taken for Python. One interpreter runs them all.
const PYTHON: [&str; 6] =
    ["python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"];

impl Language {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::JavaScript, Self::Python];

    /// The language of an AWS runtime; none if its functions are not source code here.
    pub fn of_runtime(runtime: &str) -> Option<Self> {
        if NODE.contains(&runtime) {
            Some(Self::JavaScript)
        } else if PYTHON.contains(&runtime) {
            Some(Self::Python)
        } else {
            None
        }
    }

    /// Its name, as people write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
        }
    }

    /// The name of the file that its interpreter is.
    pub const fn file(self) -> &'static str {
        match self {
            Self::JavaScript => "javascript.wasm",
            Self::Python => "python.wasm",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtimes_tell_the_language() {
        assert_eq!(Language::of_runtime("nodejs22.x"), Some(Language::JavaScript));
        assert_eq!(Language::of_runtime("python3.13"), Some(Language::Python));
        for other in ["provided.al2023", "java21", "nodejs", "python2.7", "nodejs22.x "] {
            assert_eq!(Language::of_runtime(other), None, "{other}");
        }
    }
}
