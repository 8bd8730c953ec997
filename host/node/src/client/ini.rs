//! The shared credentials file: sections of `key = value`.

/// The value of `key` in `section`; the last one counts.
pub(super) fn value<'a>(text: &'a str, section: &str, key: &str) -> Option<&'a str> {
    let mut inside = false;
    let mut found = None;
    // Some editors mark a file as UTF-8.
    let text = text.trim_start_matches('\u{feff}');
    for line in text.lines().map(str::trim) {
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            inside = name.split(']').next().map(str::trim) == Some(section);
        } else if inside
            && let Some((name, value)) = line.split_once('=')
            && name.trim() == key
        {
            found = Some(value.trim());
        }
    }
    found.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::value;

    const TEXT: &str = "\
# made by hand
[default]
aws_access_key_id = one
aws_secret_access_key=a=b/c+

[ other ]
aws_access_key_id = two
aws_access_key_id = three
empty =
";

    #[test]
    fn values_are_found_in_their_section() {
        assert_eq!(value(TEXT, "default", "aws_access_key_id"), Some("one"));
        assert_eq!(value(TEXT, "default", "aws_secret_access_key"), Some("a=b/c+"));
        assert_eq!(value(TEXT, "other", "aws_access_key_id"), Some("three"));
        assert_eq!(value(TEXT, "other", "empty"), None);
        assert_eq!(value(TEXT, "other", "aws_secret_access_key"), None);
        assert_eq!(value(TEXT, "third", "aws_access_key_id"), None);
        let marked = "\u{feff}[default]\na = b";
        assert_eq!(value(marked, "default", "a"), Some("b"));
    }
}
