//! Which interfaces a component may import, and which one it exports.

use crate::message::World;

/// Our own interfaces, which must match to the last type.
pub(crate) const OWN: [&str; 3] =
    ["shardmill:guest/types@0.1.0", "shardmill:guest/log@0.1.0", "shardmill:guest/config@0.1.0"];

/// Those that only a consumer may import.
pub(crate) const OF_CONSUMERS: [&str; 5] = [
    "shardmill:guest/access@0.1.0",
    "shardmill:guest/state@0.1.0",
    "shardmill:guest/timers@0.1.0",
    "shardmill:guest/secrets@0.1.0",
    "shardmill:guest/http@0.1.0",
];

/// What the packer's stand-in for WASI preview 1 imports.
pub(crate) const STDIO: &str = "shardmill:preview1/stdio@0.1.0";

/// What a component of a world exports, with its function `handle`.
pub(crate) const fn export(world: World) -> &'static str {
    match world {
        World::Transform => "shardmill:guest/transformer@0.1.0",
        World::Handler => "shardmill:guest/lambda@0.1.0",
        World::Consumer => "shardmill:guest/stateful@0.1.0",
    }
}

/// What an interpreter exports besides, with its function `load`.
pub(crate) const SOURCE: &str = "shardmill:guest/source@0.1.0";

/// The closed WASI 0.2: what language runtimes import whether they need it or not. Nothing here touches the
/// operating system. Sockets and HTTP are not among them: a function has no network.
const WASI: [&str; 21] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/timezone",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
];

/// What a handler may import besides, and nothing of it works: the runtimes of languages that cannot do without.
const SOCKETS: [&str; 7] = [
    "wasi:sockets/instance-network",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
];

/// The interface without its version, if it is one of the closed WASI of any world, and of a version that fits.
pub(crate) fn wasi(name: &str) -> Option<&'static str> {
    let (interface, version) = name.split_once('@')?;
    version.strip_prefix("0.2.")?;
    WASI.into_iter().chain(SOCKETS).find(|known| *known == interface)
}

/// Whether a component of `world` may import this interface of the closed WASI.
pub(crate) fn is_open_to(world: World, interface: &str) -> bool {
    match world {
        World::Transform | World::Consumer => !SOCKETS.contains(&interface),
        World::Handler => true,
    }
}
