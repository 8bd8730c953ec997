//! Matching of patterns with wildcards, without recursion and with an account of the work.
//!
//! A pattern is a row of [`Token`]s. Going back to the newest wildcard only is enough, because whatever an
//! older one could still take, the newer one can take as well. The two kinds of `*` need one place each: one
//! that stays in its segment is given up for the newest one that does not.

use std::cell::Cell;

/// What a pattern consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// This character.
    Literal(char),
    /// Any one character.
    One,
    /// Any characters, or none.
    Any,
    /// Any one character but a colon.
    OneInSegment,
    /// Any characters but colons, or none.
    AnyInSegment,
}

impl Token {
    fn takes(self, char: char) -> bool {
        match self {
            Self::Literal(literal) => literal == char,
            Self::One => true,
            Self::OneInSegment => char != ':',
            Self::Any | Self::AnyInSegment => false,
        }
    }
}

/// How much work a decision may still take. When it is used up, matches fail, and whoever decides has to ask
/// [`Effort::is_spent`] before it believes them.
#[derive(Debug)]
pub(super) struct Effort {
    left: Cell<u64>,
}

impl Effort {
    pub(super) fn new(steps: u64) -> Self {
        Self { left: Cell::new(steps) }
    }

    pub(super) fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    #[cfg(test)]
    pub(super) fn left(&self) -> u64 {
        self.left.get()
    }

    /// Takes so many steps; false if none is left then.
    pub(super) fn spend(&self, steps: usize) -> bool {
        let left = self.left.get().saturating_sub(steps as u64);
        self.left.set(left);
        left > 0
    }
}

/// Where to go on after a mismatch: the token behind a `*`, and the text that this `*` has not taken yet.
#[derive(Clone, Copy)]
struct Resume {
    token: usize,
    at: usize,
}

/// Whether the whole of `text` is what the pattern describes.
pub(super) fn matches(pattern: &[Token], text: &str, effort: &Effort) -> bool {
    let (mut token, mut at) = (0, 0);
    let (mut any, mut in_segment): (Option<Resume>, Option<Resume>) = (None, None);
    while effort.spend(1) {
        let char = text[at..].chars().next();
        match (pattern.get(token).copied(), char) {
            (Some(Token::Any), _) => {
                token += 1;
                any = Some(Resume { token, at });
                in_segment = None;
                continue;
            }
            (Some(Token::AnyInSegment), _) => {
                token += 1;
                in_segment = Some(Resume { token, at });
                continue;
            }
            (Some(expected), Some(char)) if expected.takes(char) => {
                token += 1;
                at += char.len_utf8();
                continue;
            }
            (None, None) => return true,
            _ => {}
        }
        let resumed = longer(text, &mut in_segment, |char| char != ':').or_else(|| {
            in_segment = None;
            longer(text, &mut any, |_| true)
        });
        let Some(resume) = resumed else { return false };
        (token, at) = (resume.token, resume.at);
    }
    false
}

/// Lets a `*` take one more character, if there is one that it may take.
fn longer(text: &str, star: &mut Option<Resume>, may: impl Fn(char) -> bool) -> Option<Resume> {
    let resume = star.as_mut()?;
    let char = text[resume.at..].chars().next().filter(|char| may(*char))?;
    resume.at += char.len_utf8();
    Some(*resume)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `*` and `?` cross colons, `+` and `.` do not.
    fn tokens(pattern: &str) -> Vec<Token> {
        let token = |char| match char {
            '*' => Token::Any,
            '?' => Token::One,
            '+' => Token::AnyInSegment,
            '.' => Token::OneInSegment,
            char => Token::Literal(char),
        };
        pattern.chars().map(token).collect()
    }

    fn check(pattern: &str, text: &str) -> bool {
        matches(&tokens(pattern), text, &Effort::new(1_000_000))
    }

    #[test]
    fn wildcards_take_what_they_may() {
        let cases = [
            ("", "", true),
            ("", "a", false),
            ("a", "", false),
            ("*", "", true),
            ("?", "", false),
            ("*", "a:b/c", true),
            ("+", "a:b", false),
            ("+:+", "a:b", true),
            ("+:+", "a:b:c", false),
            ("*:+", "a:b:c", true),
            ("a?c", "a:c", true),
            ("a.c", "a:c", false),
            ("a.c", "abc", true),
            ("?", "é", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("*ab", "aab", true),
            ("*a+b", "a:ab", true),
            ("*a+b", "ab:a", false),
            ("+a*b", "xa:b", true),
            ("+ab+c", "aabaabxc", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(check(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn hostile_patterns_cost_no_more_than_pattern_times_text() {
        let text = "a".repeat(2000);
        let with_colons = "a:".repeat(1000);
        let patterns = [
            "*a".repeat(500) + "b",
            "*".repeat(1000) + "b",
            "?*".repeat(500) + "b",
            "*".to_owned() + &"a".repeat(999) + "b",
            "+a".repeat(500) + "b",
            "*:+a+a+a+b".repeat(50),
            "*".to_owned() + &"a:+".repeat(300) + "b",
        ];
        for pattern in patterns {
            for text in [&text, &with_colons] {
                let effort = Effort::new(u64::MAX);
                assert!(!matches(&tokens(&pattern), text, &effort));
                let steps = u64::MAX - effort.left();
                let bound = 2 * (pattern.len() as u64 + 1) * (text.len() as u64 + 1);
                assert!(steps <= bound, "{steps} steps for {}", &pattern[..10]);
            }
        }
    }

    #[test]
    fn without_effort_nothing_matches_and_that_shows() {
        let effort = Effort::new(5);
        assert!(!matches(&tokens("*b"), "aaaaaaaab", &effort));
        assert!(effort.is_spent());
        let effort = Effort::new(50);
        assert!(matches(&tokens("*b"), "aaaaaaaab", &effort));
        assert!(!effort.is_spent());
    }
}
