//! The AWS CLI, version 1, through a whole session: what the README tells to type, and what people script.
//!
//! Each command starts Python, which takes about a second: what does not depend on another runs beside it.

mod function;
mod metrics;
mod stream;

use std::thread;

use e2e::{Server, aws};
use serde_json::Value;

/// A shell that is set up for a server.
struct Shell {
    url: String,
}

impl Shell {
    fn new(server: &Server) -> Self {
        Self { url: server.url() }
    }

    fn ended(&self, words: &[&str]) -> anyhow::Result<String> {
        let env = [
            ("AWS_ENDPOINT_URL", self.url.as_str()),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            // Tables are as wide as the terminal.
            ("COLUMNS", "200"),
        ];
        Ok(aws(words, &env)?.stdout)
    }

    /// What a command prints.
    fn text(&self, words: &[&str]) -> String {
        self.ended(words).unwrap_or_else(|failure| panic!("{failure:#}"))
    }

    /// What a command prints as JSON; null if it prints nothing.
    fn json(&self, words: &[&str]) -> Value {
        let text = self.text(words);
        if text.trim().is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{words:?}: {error}: {text}"))
    }

    /// Checks that a command fails and says so in these words.
    fn refuses(&self, words: &[&str], operation: &str, code: &str, message: &str) {
        let told = format!("{:#}", self.ended(words).expect_err("the command fails"));
        let expected =
            format!("An error occurred ({code}) when calling the {operation} operation: {message}");
        assert!(told.contains(&expected), "{expected:?} is not in {told}");
    }

    /// Runs commands at the same time, and gives what they print.
    fn together<const N: usize>(&self, commands: [&[&str]; N]) -> [String; N] {
        thread::scope(|scope| {
            let run = |words| scope.spawn(move || self.text(words));
            commands.map(run).map(|thread| thread.join().expect("the command works"))
        })
    }
}
