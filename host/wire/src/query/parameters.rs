//! A form taken apart, in an order in which members that belong together stand together.
//!
//! Nothing is reserved for what a name claims: an index is a word like others until the list it is in is read.

use std::borrow::Cow;
use std::cmp::Ordering;

/// Parameters of a form at most. PutMetricData's body of 1 MiB has 25,000 values at most, because the name of each has
/// 35 bytes and more.
pub(super) const PARAMETERS_MAX: usize = 32_768;
/// Words of a name at most (`A.member.1` has three); the deepest member of a model has ten.
const DEPTH_MAX: usize = 24;

/// Why a form with two values for one member is refused: whoever else reads it might take the other.
pub(super) const TWICE: &str = "A parameter is given twice, or is a value and has parts.";

/// A parameter.
#[derive(Debug)]
pub(super) struct Parameter<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) value: Cow<'a, str>,
}

/// All of them, sorted by the words of their names, numbers among which are sorted as such.
#[derive(Debug)]
pub(super) struct Parameters<'a>(Vec<Parameter<'a>>);

/// The parameters as they stand in the body, still encoded.
pub(super) fn pairs(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty())
}

/// The name of a pair.
pub(super) fn name_of(pair: &[u8]) -> Result<Cow<'_, str>, &'static str> {
    text(raw_name_of(pair))
}

/// The name and value of a pair.
pub(super) fn read(pair: &[u8]) -> Result<(Cow<'_, str>, Cow<'_, str>), &'static str> {
    let name = raw_name_of(pair);
    let value = pair.get(name.len() + 1..).unwrap_or_default();
    Ok((text(name)?, text(value)?))
}

fn raw_name_of(pair: &[u8]) -> &[u8] {
    pair.split(|byte| *byte == b'=').next().unwrap_or_default()
}

fn text(raw: &[u8]) -> Result<Cow<'_, str>, &'static str> {
    decode(raw).ok_or("The query string is not encoded as a form.")
}

impl<'a> Parameters<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, &'static str> {
        let mut found = Vec::new();
        for pair in pairs(body) {
            if found.len() == PARAMETERS_MAX {
                return Err("The query string has too many parameters.");
            }
            let (name, value) = read(pair)?;
            if name.split('.').count() > DEPTH_MAX {
                return Err("The name of a parameter has too many parts.");
            }
            found.push(Parameter { name, value });
        }
        // Clients write members in order, which makes this one pass.
        found.sort_by(|one, other| by_words(&one.name, &other.name));
        match found.array_windows().any(|[one, other]| one.name == other.name) {
            true => Err(TWICE),
            false => Ok(Self(found)),
        }
    }

    pub(super) fn all(&self) -> &[Parameter<'a>] {
        &self.0
    }
}

fn by_words(one: &str, other: &str) -> Ordering {
    one.split('.').map(rank).cmp(other.split('.').map(rank))
}

/// Numbers come first, by their value; a text with leading zeros is not the same word.
fn rank(word: &str) -> (bool, u32, &str) {
    match index(word) {
        Some(number) => (false, number, word),
        None => (true, 0, word),
    }
}

/// The place in a list that a word names: from 1, without leading zeros, below a thousand million.
pub(super) fn index(word: &str) -> Option<u32> {
    let is_number = (1..=9).contains(&word.len())
        && word.bytes().all(|byte| byte.is_ascii_digit())
        && !word.starts_with('0');
    is_number.then(|| word.parse().ok()).flatten()
}

/// The text behind a form's encoding. Nothing if an escape is cut or none, or if the bytes are no UTF-8.
fn decode(raw: &[u8]) -> Option<Cow<'_, str>> {
    if !raw.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return std::str::from_utf8(raw).ok().map(Cow::Borrowed);
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let [high, low, tail @ ..] = rest else {
                    return None;
                };
                bytes.push(digit(*high)? << 4 | digit(*low)?);
                rest = tail;
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn digit(character: u8) -> Option<u8> {
    let value = char::from(character).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(body: &str) -> Vec<String> {
        let read = Parameters::parse(body.as_bytes()).unwrap();
        read.all().iter().map(|parameter| parameter.name.to_string()).collect()
    }

    #[test]
    fn members_of_a_list_stand_in_order_and_together() {
        let body = "A.member.10.B=1&C=2&A.member.9.B=3&A.member.10.A=4&A=5&A.member.01=6";
        let expected = ["A", "A.member.9.B", "A.member.10.A", "A.member.10.B", "A.member.01", "C"];
        assert_eq!(names(body), expected);
    }

    #[test]
    fn forms_are_decoded_once_and_what_is_no_form_is_refused() {
        let read = |pair: &str| {
            let read = read(pair.as_bytes()).map(|(name, value)| (name.into(), value.into()));
            read.ok()
        };
        let pair = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        assert_eq!(read("a=b+c%2Bd%252F"), pair("a", "b c+d%2F"));
        assert_eq!(read("a%3D=b=c"), pair("a=", "b=c"));
        assert_eq!(read("a"), pair("a", ""));
        assert_eq!(read("%C3%A9="), pair("é", ""));
        for wrong in ["a=%", "a=%2", "a=%zz", "a=%ff", "%=1"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert!(matches!(decode(b"plain"), Some(Cow::Borrowed("plain"))));
        assert!(names("&&a=1&").len() == 1);
    }

    #[test]
    fn names_and_their_number_are_bounded() {
        let deep = vec!["a"; DEPTH_MAX + 1].join(".");
        assert!(Parameters::parse(deep.as_bytes()).is_err());
        let many: String = (0..=PARAMETERS_MAX).map(|number| format!("{number}&")).collect();
        assert!(Parameters::parse(many.as_bytes()).is_err());
        assert!(Parameters::parse(&many.as_bytes()[2..]).is_ok());
        assert_eq!([index("1"), index("999999999")], [Some(1), Some(999_999_999)]);
        for wrong in ["", "0", "01", "+1", "-1", "1000000000", "١"] {
            assert_eq!(index(wrong), None, "{wrong}");
        }
    }
}
