//! Real clients of KMS.

use base64_simd::STANDARD;
use e2e::{Launch, aws, python};
use serde_json::Value;

use crate::kinesis::passed;

#[test]
fn boto3_makes_keys_and_encrypts_streams() {
    let temp = tempfile::tempdir().unwrap();
    let server = Launch::dev(temp.path().join("data")).arg("--no-limits").start().unwrap();
    passed(python("keys.py", &[("ENDPOINT", &server.url())]));
}

#[test]
fn the_command_line_of_aws_makes_and_uses_a_key() {
    let temp = tempfile::tempdir().unwrap();
    let server = Launch::dev(temp.path().join("data")).start().unwrap();
    let url = server.url();
    let env = [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", url.as_str()),
    ];
    let kms = |words: &[&str]| -> Value {
        let words = [&["kms"], words, &["--output", "json"]].concat();
        let ended = aws(&words, &env).unwrap();
        serde_json::from_str(&ended.stdout).unwrap_or_default()
    };
    let key = kms(&["create-key", "--description", "by hand"]);
    let id = key["KeyMetadata"]["KeyId"].as_str().unwrap();
    kms(&["create-alias", "--alias-name", "alias/hand", "--target-key-id", id]);
    let (plain, blob) = (temp.path().join("plain"), temp.path().join("blob"));
    let file = |path: &std::path::Path| format!("fileb://{}", path.display());
    std::fs::write(&plain, "plain").unwrap();
    let sealed = kms(&["encrypt", "--key-id", "alias/hand", "--plaintext", &file(&plain)]);
    let sealed = sealed["CiphertextBlob"].as_str().unwrap();
    std::fs::write(&blob, STANDARD.decode_to_vec(sealed).unwrap()).unwrap();
    let opened = kms(&["decrypt", "--ciphertext-blob", &file(&blob)]);
    assert_eq!(opened["Plaintext"], STANDARD.encode_to_string("plain"));
    assert_eq!(kms(&["list-keys"])["Keys"][0]["KeyId"], id);
}
