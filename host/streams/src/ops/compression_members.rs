//! How the operations on compression spell codecs.

use storage::frame::Codec;

pub(super) const CODECS: [&str; 2] = ["NONE", "LZ4"];

/// The codec of a word.
pub(super) fn codec(word: &str) -> Option<Codec> {
    match word {
        "NONE" => Some(Codec::None),
        "LZ4" => Some(Codec::Lz4),
        _ => None,
    }
}

/// The word of a codec.
pub(super) fn word(codec: Codec) -> &'static str {
    match codec {
        Codec::None => "NONE",
        Codec::Lz4 => "LZ4",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_codecs() {
        assert_eq!(CODECS.map(|it| codec(it).map(word)), CODECS.map(Some));
        assert_eq!(codec("lz4"), None);
    }
}
