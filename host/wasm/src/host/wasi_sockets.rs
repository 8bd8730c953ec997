//! `wasi:sockets`: there are none. Runtimes such as CPython's import it all, whether a program uses it or not; every
//! function of it ends the guest.

use wasmtime::component::{LinkerInstance, ResourceType};

use crate::run::State;

/// What is only there so that imports have a type: nothing can make one.
struct Nothing;

/// Links the resources that an interface of these makes. What other interfaces use of them are their types.
pub(super) fn link(interface: &mut LinkerInstance<'_, State>, name: &str) -> wasmtime::Result<()> {
    let resources: &[&str] = match name {
        "wasi:sockets/network" => &["network"],
        "wasi:sockets/ip-name-lookup" => &["resolve-address-stream"],
        "wasi:sockets/tcp" => &["tcp-socket"],
        "wasi:sockets/udp" => {
            &["udp-socket", "incoming-datagram-stream", "outgoing-datagram-stream"]
        }
        // Those that only have functions.
        _ => &[],
    };
    for resource in resources {
        interface.resource(resource, ResourceType::host::<Nothing>(), |_, _| Ok(()))?;
    }
    Ok(())
}
