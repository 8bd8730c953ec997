//! The bindings that are committed: what wit-bindgen makes of `wit` for C, so that nobody needs wit-bindgen to write a
//! guest. No guest is made of this; its test keeps them to the interfaces.

use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::Resolve;

/// The bindings of a world for C, by the name of the file.
///
/// # Errors
/// If the interfaces in the folder `wit` cannot be read or have no such world.
pub fn c(wit: &str, world: &str) -> Result<Files, Box<dyn std::error::Error>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(wit)?;
    let world = resolve.select_world(&[package], Some(world))?;
    // `shardmill guest pack` tells the types; an object file would be bytes that nobody can read.
    let options = wit_bindgen_c::Opts { no_object_file: true, ..Default::default() };
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files)?;
    Ok(files)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "no part of the host: it opens files itself")]
mod tests {
    use super::*;

    #[test]
    fn what_is_committed_is_what_the_interfaces_give() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let places = [
            ("transform", "sdk/c"),
            ("handler", "sdk/c/handler"),
            ("interpreter", "guests/interpreters/javascript/bindings"),
        ];
        for (world, folder) in places {
            let files = c(&format!("{root}/wit"), world).expect("the interfaces are well formed");
            let names: Vec<&str> = files.iter().map(|(name, _)| name).collect();
            assert_eq!(names, [format!("{world}.c"), format!("{world}.h")]);
            for (name, bytes) in files.iter() {
                let path = format!("{root}/{folder}/{name}");
                if std::env::var_os("UPDATE").is_some() {
                    std::fs::write(&path, bytes).expect("the folder is there");
                }
                let is_same = std::fs::read(&path).is_ok_and(|committed| committed == bytes);
                assert!(is_same, "{folder}/{name}: run this with UPDATE=1 to write it anew");
            }
        }
    }
}
