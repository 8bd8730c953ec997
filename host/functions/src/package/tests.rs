//! Packages of all kinds.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

const CODE: &[u8] = b"\0asm\x0d\0\x01\0rest of a component";

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

fn zipped(files: &[(&str, &[u8])]) -> Bytes {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, options()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner().into()
}

fn opened(package: impl Into<Bytes>) -> Result<Bytes, Refused> {
    open(package.into(), None, "CreateFunction").map(|it| it.code)
}

fn opened_as(language: Language, package: impl Into<Bytes>) -> Result<Bytes, Refused> {
    open(package.into(), Some(language), "CreateFunction").map(|it| it.code)
}

#[test]
fn code_is_found_at_any_depth_and_beside_other_files() {
    for name in ["a.wasm", "deep/er/b.WASM", "./c.wasm"] {
        let package = zipped(&[("README.md", b"hello"), (name, CODE), ("deep/", b"")]);
        assert_eq!(opened(package), Ok(Bytes::from_static(CODE)), "{name}");
    }
}

#[test]
fn what_the_finder_adds_is_left_out() {
    let added: [(&str, &[u8]); 2] = [("__MACOSX/._a.wasm", b"x"), (".DS_Store", b"y")];
    let package = zipped(&[("a.wasm", CODE), added[0], added[1]]);
    assert_eq!(opened(package), Ok(Bytes::from_static(CODE)));
    let package = zipped(&[("index.js", b"1"), added[0], ("lib/._a.js", b"x"), added[1]]);
    let names: Vec<_> = files(&package).unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["index.js"]);
}

#[test]
fn code_may_come_without_a_zip() {
    for code in [CODE, b"\0asm\x01\0\0\0", b" \n(module)", b";; a comment\n(component)", b"(; x ;)"]
    {
        assert_eq!(opened(code), Ok(Bytes::from_static(code)));
    }
    for other in [&b"hello"[..], b"asm", b"(\xff\xfe", b"\x7fELF", b"P"] {
        assert_eq!(opened(other), Err(Refused::NoPackage), "{other:?}");
    }
    assert_eq!(opened(Bytes::new()), Err(Refused::Empty));
}

#[test]
fn size_and_digest_are_those_of_the_upload() {
    let package = zipped(&[("a.wasm", CODE)]);
    let read = open(package.clone(), None, "CreateFunction").unwrap();
    assert_eq!(read.bytes, package.len() as u64);
    assert_eq!(read.sha256, digest(&SHA256, &package).as_ref());
}

#[test]
fn which_code_is_meant_must_be_clear() {
    assert_eq!(opened(zipped(&[])), Err(Refused::NoCode));
    assert_eq!(opened(zipped(&[("index.js", b"x"), ("x.wasm/y", b"")])), Err(Refused::NoCode));
    let several = opened(zipped(&[("a.wasm", CODE), ("b.wasm", CODE)]));
    let (first, second) = ("a.wasm".to_owned(), "b.wasm".to_owned());
    assert_eq!(several, Err(Refused::SeveralCodes { first, second }));
}

#[test]
fn names_that_lead_out_are_refused() {
    for name in ["../a.wasm", "a/../../b", "/etc/passwd", "a\\b", "C:x", "..", "a\0b"] {
        let told = opened(zipped(&[(name, b"x"), ("ok.wasm", CODE)]));
        assert!(matches!(told, Err(Refused::Forbidden { .. })), "{name}: {told:?}");
    }
}

#[test]
fn links_are_refused() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("a.wasm", "/etc/passwd", options()).unwrap();
    let package: Bytes = writer.finish().unwrap().into_inner().into();
    let told = opened(package).unwrap_err();
    assert!(told.to_string().contains("a symbolic link"), "{told}");
}

#[test]
fn encrypted_files_are_refused() {
    let mut package = zipped(&[("a.wasm", CODE)]).to_vec();
    let entry = package.windows(4).rposition(|it| it == b"PK\x01\x02").unwrap();
    package[entry + 8] |= 1;
    let told = opened(package).unwrap_err();
    assert!(told.to_string().contains("an encrypted file"), "{told}");
}

#[test]
fn bombs_are_refused_before_they_are_read() {
    // Packs 1000 to 1.
    let zeros = vec![0; 8 * 1024 * 1024];
    assert_eq!(opened(zipped(&[("a.wasm", CODE), ("zeros", &zeros)])), Err(Refused::Bomb));
    // Claims more than anything may have.
    let mut claims = zipped(&[("a.wasm", CODE)]).to_vec();
    let entry = claims.windows(4).rposition(|it| it == b"PK\x01\x02").unwrap();
    claims[entry + 24..entry + 28].copy_from_slice(&0x0f00_0000u32.to_le_bytes());
    assert_eq!(opened(claims.clone()), Err(Refused::CodeTooLarge));
    claims[entry + 24..entry + 28].copy_from_slice(&0x7f00_0000u32.to_le_bytes());
    assert_eq!(opened(claims.clone()), Err(Refused::UnzippedTooLarge));
    // Claims less than there is.
    claims[entry + 24..entry + 28].copy_from_slice(&3u32.to_le_bytes());
    assert!(matches!(opened(claims), Err(Refused::Unreadable(_))));
}

#[test]
fn a_million_entries_are_refused_before_they_are_read() {
    let many = [&b"PK\x03\x04"[..], &b"PK\x01\x02".repeat(1_000_000)].concat();
    assert_eq!(opened(many), Err(Refused::TooManyFiles));
    let mut zip64 = zipped(&[("a.wasm", CODE)]).to_vec();
    let end = zip64.len() - 22;
    let locator = [&b"PK\x06\x07"[..], &[0xff; 16]].concat();
    zip64.splice(end..end, locator);
    assert!(matches!(opened(zip64), Err(Refused::Unreadable(_))));
}

#[test]
fn large_packages_are_refused() {
    let large = vec![0; limits::PACKAGE_BYTES_MAX + 1];
    let told = opened(large).unwrap_err();
    assert_eq!(
        told.to_string(),
        "Request must be smaller than 69905067 bytes for the CreateFunction operation"
    );
}

#[test]
fn source_code_is_kept_as_it_came() {
    let source: &[u8] = b"exports.handler = async () => 1;";
    let package = zipped(&[("./index.js", source), ("lib/", b""), ("lib/a.js", b"1")]);
    assert_eq!(opened_as(Language::JavaScript, package.clone()), Ok(package.clone()));
    let told = files(&package).unwrap();
    let expected = [("index.js", source), ("lib/a.js", b"1")];
    let expected = expected.map(|(name, it)| (name.to_owned(), Bytes::copy_from_slice(it)));
    assert_eq!(told, expected);
}

#[test]
fn source_code_that_does_no_good_is_refused() {
    let of = |package| opened_as(Language::Python, package);
    assert_eq!(of(Bytes::from_static(CODE)), Err(Refused::NoZip));
    assert_eq!(of(Bytes::from_static(b"def handler(event, context): pass")), Err(Refused::NoZip));
    assert_eq!(of(zipped(&[("empty/", b"")])), Err(Refused::Empty));
    let told = of(zipped(&[("app.py", b"import json, boto3\n")])).unwrap_err().to_string();
    assert!(told.starts_with("app.py imports boto3, which is not there"), "{told}");
    let told = of(zipped(&[("../app.py", b"x")])).unwrap_err();
    assert!(matches!(told, Refused::Forbidden { .. }), "{told:?}");
    let zeros = vec![0; 8 * 1024 * 1024];
    assert_eq!(of(zipped(&[("app.py", b"x"), ("zeros", &zeros)])), Err(Refused::Bomb));
    let mut claims = zipped(&[("app.py", b"x")]).to_vec();
    let entry = claims.windows(4).rposition(|it| it == b"PK\x01\x02").unwrap();
    claims[entry + 24..entry + 28].copy_from_slice(&0x0f00_0000u32.to_le_bytes());
    assert_eq!(of(claims.into()), Err(Refused::SourceTooLarge));
}

proptest! {
    #[test]
    fn changed_bytes_never_panic(at in 0usize..400, byte: u8, cut in 0usize..400) {
        let mut package = zipped(&[("dir/a.wasm", CODE), ("b", b"some text"), ("c", b"")]).to_vec();
        let length = package.len();
        package[at % length] = byte;
        let _ = opened(package.clone());
        let _ = opened_as(Language::JavaScript, package.clone());
        package.truncate(cut % length);
        let _ = opened(package);
    }

    #[test]
    fn random_bytes_never_panic(bytes in any::<Vec<u8>>()) {
        let _ = opened(bytes.clone());
        let _ = opened([&b"PK\x03\x04"[..], &bytes].concat());
    }
}
