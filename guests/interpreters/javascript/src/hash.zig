//! Digests for JavaScript's `crypto`: those of zig's standard library.

const std = @import("std");
const Md5 = std.crypto.hash.Md5;
const Sha1 = std.crypto.hash.Sha1;
const sha2 = std.crypto.hash.sha2;

// One object file for all that is written in zig.
comptime {
    _ = @import("deflate.zig");
}

fn digest(comptime Hash: type, key: ?[]const u8, data: []const u8, out: [*]u8) u32 {
    const to = out[0..Hash.digest_length];
    if (key) |secret| {
        std.crypto.auth.hmac.Hmac(Hash).create(to, data, secret);
    } else {
        Hash.hash(data, to, .{});
    }
    return Hash.digest_length;
}

/// See `interpreter.h`.
export fn hash_digest(
    name: [*]const u8,
    name_length: usize,
    key: ?[*]const u8,
    key_length: usize,
    data: [*]const u8,
    length: usize,
    out: [*]u8,
) u32 {
    const wanted = name[0..name_length];
    const secret: ?[]const u8 = if (key) |given| given[0..key_length] else null;
    inline for (.{
        .{ "md5", Md5 },
        .{ "sha1", Sha1 },
        .{ "sha224", sha2.Sha224 },
        .{ "sha256", sha2.Sha256 },
        .{ "sha384", sha2.Sha384 },
        .{ "sha512", sha2.Sha512 },
    }) |known| {
        if (std.mem.eql(u8, wanted, known[0])) return digest(known[1], secret, data[0..length], out);
    }
    return 0;
}
