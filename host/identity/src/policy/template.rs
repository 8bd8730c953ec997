//! A text of a policy as it was written: with wildcards and variables that each request resolves anew.

use std::borrow::Cow;

use super::error::Problem;
use super::facts::Facts;
use super::glob::Token;
use super::keys;

/// A text is a policy's longest part; AWS allows 2,048 characters for an ARN.
const CHARS_MAX: usize = 2048;
/// Wildcards of one text.
const WILDCARDS_MAX: usize = 128;
/// Colons before the part of an ARN that names the resource.
const ARN_COLONS: usize = 5;

/// Which version of the language the document says it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// `2008-10-17`, also what is meant by none: `${..}` is no variable but text.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// What `*` and `?` mean in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wildcards {
    /// Themselves.
    Literal,
    /// Some characters.
    Match,
}

/// What wildcards may cross in a text that is an ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Segments {
    /// Each of the first five parts stands for itself, but a `*` that ends the text is all that follows.
    Apart,
    /// A `*` that ends one of the first five parts reaches beyond its colon.
    LastStarCrosses,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Token(Token),
    Variable(Box<Variable>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Variable {
    /// In lower case.
    key: String,
    default: Option<String>,
    /// It stands for one of an ARN's first five parts, so it must not bring a colon.
    is_segment: bool,
}

/// A text with what is to be done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Template {
    /// Without variables.
    Fixed(Box<[Token]>),
    Varying(VaryingText),
}

/// A text with variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VaryingText(Box<[Piece]>);

impl Template {
    pub(super) fn parse(
        text: &str,
        version: Version,
        wildcards: Wildcards,
    ) -> Result<Self, Problem> {
        Ok(Self::from_pieces(pieces(text, version, wildcards)?))
    }

    /// The same of a text that is an ARN.
    pub(super) fn parse_arn(
        text: &str,
        version: Version,
        segments: Segments,
    ) -> Result<Self, Problem> {
        let mut pieces = pieces(text, version, Wildcards::Match)?;
        keep_in_segments(&mut pieces, segments);
        Ok(Self::from_pieces(pieces))
    }

    fn from_pieces(pieces: Vec<Piece>) -> Self {
        let token = |piece: &Piece| match piece {
            Piece::Token(token) => Some(*token),
            Piece::Variable(_) => None,
        };
        match pieces.iter().map(token).collect::<Option<Box<[Token]>>>() {
            Some(tokens) => Self::Fixed(tokens),
            None => Self::Varying(VaryingText(pieces.into())),
        }
    }

    /// Whether there is a variable before the colon that ends an ARN's account.
    pub(super) fn varies_before_resource(&self) -> bool {
        let Self::Varying(VaryingText(pieces)) = self else { return false };
        pieces.iter().any(|piece| matches!(piece, Piece::Variable(variable) if variable.is_segment))
    }

    /// The pattern, if it is the same for every request.
    pub(super) fn fixed(&self) -> Option<&[Token]> {
        match self {
            Self::Fixed(tokens) => Some(tokens),
            Self::Varying(_) => None,
        }
    }

    pub(super) fn has_variables(&self) -> bool {
        matches!(self, Self::Varying(_))
    }

    /// The key of a variable that has no value in this request, if there is one.
    pub(super) fn unresolved(&self, facts: &Facts<'_>) -> Option<&str> {
        let Self::Varying(VaryingText(pieces)) = self else { return None };
        pieces.iter().find_map(|piece| match piece {
            Piece::Variable(variable) if variable.value(facts).is_none() => Some(&*variable.key),
            Piece::Variable(_) | Piece::Token(_) => None,
        })
    }

    /// The pattern for this request, or `None` if it does not have what a variable stands for (or no effort is left).
    pub(super) fn resolve(&self, facts: &Facts<'_>) -> Option<Cow<'_, [Token]>> {
        let pieces = match self {
            Self::Fixed(tokens) => return Some(Cow::Borrowed(tokens)),
            Self::Varying(VaryingText(pieces)) => pieces,
        };
        if !facts.effort.spend(pieces.len()) {
            return None;
        }
        let mut tokens = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Token(token) => tokens.push(*token),
                Piece::Variable(variable) => {
                    let value = variable.value(facts)?;
                    if !facts.effort.spend(value.len()) {
                        return None;
                    }
                    tokens.extend(value.chars().map(Token::Literal));
                }
            }
        }
        Some(Cow::Owned(tokens))
    }
}

impl Variable {
    fn value<'a>(&'a self, facts: &'a Facts<'_>) -> Option<Cow<'a, str>> {
        let mut values = facts.values(&self.key);
        let value = match (values.pop(), values.len(), &self.default) {
            (Some(value), 0, _) => value,
            (None, _, Some(default)) => Cow::Borrowed(default.as_str()),
            _ => return None,
        };
        let shifts_segments = self.is_segment && value.contains(':');
        (!shifts_segments).then_some(value)
    }
}

fn pieces(text: &str, version: Version, wildcards: Wildcards) -> Result<Vec<Piece>, Problem> {
    let count = text.chars().count();
    if count > CHARS_MAX {
        return Err(Problem::TooMany { count, what: "characters in one value", max: CHARS_MAX });
    }
    let mut pieces = Vec::with_capacity(count);
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let inside = rest.strip_prefix("${").filter(|_| version == Version::V2012);
        if let Some(inside) = inside {
            let (name, after) =
                inside.split_once('}').ok_or_else(|| Problem::VariableOpen(text.to_owned()))?;
            pieces.push(variable(name)?);
            rest = after;
        } else {
            pieces.push(Piece::Token(match (char, wildcards) {
                ('*', Wildcards::Match) => Token::Any,
                ('?', Wildcards::Match) => Token::One,
                _ => Token::Literal(char),
            }));
            rest = &rest[char.len_utf8()..];
        }
    }
    let is_wildcard = |piece: &&Piece| matches!(piece, Piece::Token(Token::Any | Token::One));
    let count = pieces.iter().filter(is_wildcard).count();
    if count > WILDCARDS_MAX {
        return Err(Problem::TooMany { count, what: "wildcards in one value", max: WILDCARDS_MAX });
    }
    Ok(pieces)
}

/// What stands between `${` and `}`.
fn variable(text: &str) -> Result<Piece, Problem> {
    if let "*" | "?" | "$" = text {
        let literal = text.chars().next().unwrap_or_default();
        return Ok(Piece::Token(Token::Literal(literal)));
    }
    let malformed = || Problem::Variable(text.to_owned());
    let (key, default) = match text.split_once(',') {
        None => (text, None),
        Some((key, default)) => {
            let default = default.trim_start_matches(' ');
            let quoted = default.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
            let quoted = quoted.filter(|text| !text.contains('\'')).ok_or_else(malformed)?;
            (key, Some(quoted.to_owned()))
        }
    };
    if !keys::is_key(key) {
        return Err(malformed());
    }
    let key = keys::fold(key);
    if keys::has_many(&key) {
        return Err(Problem::VariableWithMany(text.to_owned()));
    }
    Ok(Piece::Variable(Box::new(Variable { key, default, is_segment: false })))
}

/// Ties what stands in the first five parts of an ARN to its part.
fn keep_in_segments(pieces: &mut [Piece], segments: Segments) {
    let colon = Piece::Token(Token::Literal(':'));
    let mut colons = 0;
    for at in 0..pieces.len() {
        let is_end = at + 1 == pieces.len();
        let ends_segment = pieces.get(at + 1).is_none_or(|next| *next == colon);
        match &mut pieces[at] {
            Piece::Token(Token::Literal(':')) => colons += 1,
            _ if colons >= ARN_COLONS => return,
            Piece::Token(Token::Any) if is_end => {}
            Piece::Token(Token::Any) if ends_segment && segments == Segments::LastStarCrosses => {}
            Piece::Token(token @ Token::Any) => *token = Token::AnyInSegment,
            Piece::Token(token @ Token::One) => *token = Token::OneInSegment,
            Piece::Token(_) => {}
            Piece::Variable(variable) => variable.is_segment = true,
        }
    }
}
