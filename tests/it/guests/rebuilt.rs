//! What `guests/build.sh` makes of the sources, by whichever compiler there is.

use super::{Guest, check, does_what_it_should, rebuilt};

#[test]
fn sources_give_what_is_committed() {
    let rebuilt = rebuilt();
    for guest in Guest::all().iter().filter(|guest| rebuilt.has(guest)) {
        let component = rebuilt.out(guest).join(format!("{}.wasm", guest.name));
        let (checked, recipe) = (check(&component), guest.recipe());
        for key in ["world", "imports", "exports"] {
            assert_eq!(checked[key], recipe["check"][key], "{}: {key}", guest.folder_name());
        }
        does_what_it_should(guest, &component);
    }
}
