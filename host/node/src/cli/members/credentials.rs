//! A new key, in the form in which AWS's tools keep it: `~/.aws/credentials`.

use std::io::{self, Write};

use serde_json::Value;

use super::word;
use crate::cli::style::Style;
use crate::client::Client;
use crate::refusal::Refusal;

/// Prints a key that was just made, as a profile.
///
/// # Errors
/// If the output is gone.
pub(in crate::cli) fn print(profile: &str, reply: &Value) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    write!(out, "{}", text(profile, &reply["AccessKey"]))?;
    out.flush()?;
    let style = Style::stderr();
    let note = format!(
        "the secret is shown only now: append this to ~/.aws/credentials, where no other section may be called \
         [{profile}], and choose it with AWS_PROFILE"
    );
    // The key was shown: that nobody hears how to use it is no failure.
    let _ = writeln!(io::stderr(), "{} {note}={profile}", style.hint("hint:"));
    Ok(())
}

/// Takes back a key that could not be shown: nobody has its secret, and it would stay active. `input` names it for
/// DeleteAccessKey.
///
/// # Errors
/// What became of it, whatever kept it from being shown: also a reader that is gone, which is no failure otherwise.
pub(in crate::cli) async fn shown(
    printed: anyhow::Result<()>,
    client: &Client,
    input: &Value,
) -> Result<(), Refusal> {
    let Err(error) = printed else { return Ok(()) };
    let id = word(input, "AccessKeyId");
    let refusal = match client.own("DeleteAccessKey", input).await {
        Ok(_) => Refusal::failed(format!("key {id} could not be shown, and is deleted again")),
        Err(_) => Refusal::failed(format!("key {id} could neither be shown nor be deleted"))
            .hint(format!("nobody has its secret: `shardmill keys delete {id}`")),
    };
    Err(refusal.because(error))
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
    use std::sync::Arc;

    use serde_json::json;
    use stdx::{ManualClock, SeededEntropy, Tasks};

    use super::*;
    use crate::client::{Credentials, Seams};

    #[test]
    fn a_key_is_a_profile() {
        let key = json!({ "AccessKeyId": "SMAKX", "SecretAccessKey": "s" });
        assert_eq!(
            text("web", &key),
            "\n[web]\naws_access_key_id = SMAKX\naws_secret_access_key = s\n"
        );
    }

    #[tokio::test]
    async fn a_key_that_nobody_saw_is_no_harmless_end() {
        let seams = Seams {
            clock: Arc::new(ManualClock::at(domain::Millis(1_790_068_000_000))),
            entropy: Arc::new(SeededEntropy::new(1)),
            tasks: Tasks::new(),
        };
        // Nobody listens there.
        let endpoint = "http://127.0.0.1:1".parse().unwrap();
        let client = Client::new(endpoint, Credentials::development(), "us-east-1", &seams);
        let input = json!({ "AccessKeyId": "SMAKX" });
        shown(Ok(()), &client, &input).await.unwrap();
        let gone = anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe));
        let refusal = shown(Err(gone), &client, &input).await.unwrap_err();
        assert_eq!(refusal.to_string(), "key SMAKX could neither be shown nor be deleted");
        let error = anyhow::Error::from(refusal);
        assert!(error.downcast_ref::<io::Error>().is_none(), "it is a failure");
    }
}
