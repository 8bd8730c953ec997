//! Names of condition keys: how they are written, and which of them can have many values.

/// Keys that can have many values in one request (IAM user guide, global condition context keys; KMS developer guide,
/// condition keys), in lower case.
const WITH_MANY: [&str; 8] = [
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "aws:vpceorgpaths",
    "kms:encryptioncontextkeys",
];

/// Whether the text is a prefix, a colon and a name. A tag's key may follow a slash, with what AWS allows in
/// one.
pub(super) fn is_key(text: &str) -> bool {
    let in_name = |char: char| char.is_alphanumeric() || " _.:/=+-@".contains(char);
    let well_formed = |(prefix, name): (&str, &str)| {
        let in_prefix = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !prefix.is_empty()
            && prefix.bytes().all(in_prefix)
            && !name.is_empty()
            && !name.ends_with('/')
            && name.chars().all(in_name)
            && name.trim() == name
    };
    text.split_once(':').is_some_and(well_formed)
}

/// The name in the form in which names are compared.
pub(super) fn fold(key: &str) -> String {
    key.to_lowercase()
}

/// Whether the folded key can have many values.
pub(super) fn has_many(folded: &str) -> bool {
    WITH_MANY.contains(&folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_a_prefix_and_a_name() {
        let good =
            ["aws:SourceIp", "kinesis:x", "aws:PrincipalTag/cost center", "aws:RequestTag/a:b/c"];
        for key in good {
            assert!(is_key(key), "{key}");
        }
        let bad = [
            "",
            "aws",
            "aws:",
            ":x",
            "aws:PrincipalTag/",
            "aws:a*",
            "aws:${x}",
            "a b:c",
            "aws: x",
            "aws:x ",
            "aws:a,b",
        ];
        for key in bad {
            assert!(!is_key(key), "{key}");
        }
    }
}
