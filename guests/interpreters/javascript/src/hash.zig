//! Digests and unpacking for JavaScript's `crypto` and `zlib`: those of zig's standard library.

const std = @import("std");
const Md5 = std.crypto.hash.Md5;
const Sha1 = std.crypto.hash.Sha1;
const sha2 = std.crypto.hash.sha2;

const allocator = std.heap.c_allocator;

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

/// See `interpreter.h`.
export fn inflate_unpack(kind: u32, data: [*]const u8, length: usize, max: usize, out_length: *usize) ?[*]u8 {
    var from: std.Io.Reader = .fixed(data[0..length]);
    const container: std.compress.flate.Container = switch (kind) {
        0 => .gzip,
        1 => .zlib,
        else => .raw,
    };
    const window = allocator.alloc(u8, std.compress.flate.max_window_len) catch return null;
    defer allocator.free(window);
    var unpacking: std.compress.flate.Decompress = .init(&from, container, window);
    const out = unpacking.reader.allocRemaining(allocator, .limited(max)) catch return null;
    out_length.* = out.len;
    // Of nothing there is nothing to free, and it is no failure.
    return if (out.len == 0) @ptrFromInt(16) else out.ptr;
}

/// See `interpreter.h`.
export fn inflate_free(data: [*]u8, length: usize) void {
    if (length > 0) allocator.free(data[0..length]);
}
