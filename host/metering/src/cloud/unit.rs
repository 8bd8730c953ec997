//! The units that CloudWatch knows.

/// A unit of CloudWatch's, by its place in [`Unit::WORDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit(u8);

impl Unit {
    /// All of them, in the model's order.
    pub const WORDS: [&str; 27] = [
        "Seconds",
        "Microseconds",
        "Milliseconds",
        "Bytes",
        "Kilobytes",
        "Megabytes",
        "Gigabytes",
        "Terabytes",
        "Bits",
        "Kilobits",
        "Megabits",
        "Gigabits",
        "Terabits",
        "Percent",
        "Count",
        "Bytes/Second",
        "Kilobytes/Second",
        "Megabytes/Second",
        "Gigabytes/Second",
        "Terabytes/Second",
        "Bits/Second",
        "Kilobits/Second",
        "Megabits/Second",
        "Gigabits/Second",
        "Terabits/Second",
        "Count/Second",
        "None",
    ];

    /// `Milliseconds`
    pub const MILLISECONDS: Self = Self(2);
    /// `Bytes`
    pub const BYTES: Self = Self(3);
    /// `Percent`
    pub const PERCENT: Self = Self(13);
    /// `Count`
    pub const COUNT: Self = Self(14);
    /// `None`, what a measurement has that names no unit.
    pub const NONE: Self = Self(26);

    /// The unit of this name.
    pub fn parse(word: &str) -> Option<Self> {
        let at = Self::WORDS.iter().position(|known| *known == word)?;
        u8::try_from(at).ok().map(Self)
    }

    /// The unit of this number.
    pub fn from_number(number: u8) -> Option<Self> {
        (usize::from(number) < Self::WORDS.len()).then_some(Self(number))
    }

    /// Its number: the place in the model, which does not change.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        Self::WORDS[self.0 as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_belong_together() {
        for (unit, word) in [
            (Unit::MILLISECONDS, "Milliseconds"),
            (Unit::BYTES, "Bytes"),
            (Unit::PERCENT, "Percent"),
            (Unit::COUNT, "Count"),
            (Unit::NONE, "None"),
        ] {
            assert_eq!((unit.as_str(), Unit::parse(word)), (word, Some(unit)));
            assert_eq!(Unit::from_number(unit.number()), Some(unit));
        }
        assert_eq!((Unit::parse("bytes"), Unit::from_number(27)), (None, None));
    }
}
