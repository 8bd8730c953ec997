//! Finds code that needs AWS's SDK, which a function here cannot use: it has no network. Better told when the code is
//! uploaded than by its first call.
//!
//! What is looked for are imports as people write them, line by line; lines that are comments do not count.

use crate::language::Language;

/// Packages of AWS's SDK for Python.
const PYTHON: [&str; 4] = ["boto3", "botocore", "aioboto3", "aiobotocore"];

/// What of the SDK a file imports, if anything.
pub(super) fn import(language: Language, name: &str, content: &[u8]) -> Option<String> {
    let is_code = match language {
        Language::JavaScript => [".js", ".mjs", ".cjs"].iter().any(|ending| name.ends_with(ending)),
        Language::Python => name.ends_with(".py"),
    };
    let text = std::str::from_utf8(content).ok().filter(|_| is_code)?;
    text.lines().find_map(|line| match language {
        Language::JavaScript => in_javascript(line),
        Language::Python => in_python(line),
    })
}

/// `import a` and `from a import b`, at any depth.
fn in_python(line: &str) -> Option<String> {
    let line = line.trim_start();
    let names = line.strip_prefix("import ").map(|names| names.split(',').collect::<Vec<_>>());
    let from = line.strip_prefix("from ").map(|rest| vec![rest]);
    names.or(from)?.into_iter().find_map(|name| {
        let name = name.trim_start().split([' ', '.', ';', '#', '\t']).next()?;
        PYTHON.contains(&name).then(|| name.to_owned())
    })
}

/// A quoted name behind `require(`, `import(`, `import` or `from`.
fn in_javascript(line: &str) -> Option<String> {
    let trimmed = line.trim_start();
    if ["//", "*", "/*"].iter().any(|comment| trimmed.starts_with(comment)) {
        return None;
    }
    line.match_indices(['\'', '"', '`']).find_map(|(at, quote)| {
        let (before, rest) = (line[..at].trim_end(), &line[at + 1..]);
        let name = rest.split(quote).next()?;
        let is_sdk = name == "aws-sdk"
            || ["aws-sdk/", "@aws-sdk/"].iter().any(|start| name.starts_with(start));
        let called = before.strip_suffix('(').map(str::trim_end);
        let word = called.unwrap_or(before);
        let is_import = match called {
            Some(_) => ["require", "import"].iter().any(|it| word.ends_with(it)),
            None => ["from", "import"].iter().any(|it| word.ends_with(it)),
        };
        (is_sdk && is_import).then(|| name.chars().take(64).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_of_the_sdk_are_found() {
        for line in [
            "import boto3",
            "    import boto3  # the SDK",
            "import json, boto3",
            "from botocore.exceptions import ClientError",
            "import boto3.dynamodb.conditions as c",
        ] {
            let text = format!("import json\n{line}\n");
            assert!(import(Language::Python, "app.py", text.as_bytes()).is_some(), "{line}");
        }
        for line in [
            "const AWS = require('aws-sdk');",
            "import { KinesisClient } from \"@aws-sdk/client-kinesis\";",
            "import AWS from'aws-sdk'",
            "const { S3 } = await import( '@aws-sdk/client-s3' );",
            "const S3 = require('aws-sdk/clients/s3')",
        ] {
            assert!(
                import(Language::JavaScript, "a/index.mjs", line.as_bytes()).is_some(),
                "{line}"
            );
        }
    }

    #[test]
    fn other_words_are_none() {
        for line in
            ["# import boto3", "import boto3_mock", "x = 'import boto3'", "from . import boto3"]
        {
            assert_eq!(import(Language::Python, "app.py", line.as_bytes()), None, "{line}");
        }
        for line in [
            "// const AWS = require('aws-sdk');",
            " * import x from '@aws-sdk/client-s3'",
            "console.log('aws-sdk')",
            "require('aws-sdk-mock')",
            "require('./aws-sdk')",
        ] {
            assert_eq!(import(Language::JavaScript, "i.js", line.as_bytes()), None, "{line}");
        }
        assert_eq!(import(Language::Python, "README.md", b"import boto3"), None);
        assert_eq!(import(Language::Python, "a.py", b"import boto3\xff"), None);
    }
}
