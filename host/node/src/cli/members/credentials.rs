//! A new key, in the form in which AWS's tools keep it: `~/.aws/credentials`.

use std::io::{self, Write};

use serde_json::Value;

use super::word;
use crate::cli::style::Style;

/// Prints a key that was just made, as a profile.
///
/// # Errors
/// If the output is gone.
pub(in crate::cli) fn print(profile: &str, reply: &Value) -> anyhow::Result<()> {
    write!(io::stdout().lock(), "{}", text(profile, &reply["AccessKey"]))?;
    let style = Style::stderr();
    let note = "the secret is shown only now: append this to ~/.aws/credentials and choose it with AWS_PROFILE";
    writeln!(io::stderr(), "{} {note}={profile}", style.hint("hint:"))?;
    Ok(())
}

/// A blank line comes first: it parts the profiles, and a file whose last line has no end stays whole.
fn text(profile: &str, key: &Value) -> String {
    format!(
        "\n[{profile}]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        word(key, "AccessKeyId"),
        word(key, "SecretAccessKey")
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_is_a_profile() {
        let key = json!({ "AccessKeyId": "SMAKX", "SecretAccessKey": "s" });
        assert_eq!(
            text("web", &key),
            "\n[web]\naws_access_key_id = SMAKX\naws_secret_access_key = s\n"
        );
    }
}
