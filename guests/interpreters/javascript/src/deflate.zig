//! Packing and unpacking for JavaScript's `zlib`: what zig's standard library has of them.

const std = @import("std");
const flate = std.compress.flate;
const Compress = flate.Compress;
const Writer = std.Io.Writer;

const allocator = std.heap.c_allocator;

fn container_of(kind: u32) flate.Container {
    return switch (kind) {
        0 => .gzip,
        1 => .zlib,
        else => .raw,
    };
}

/// What searches take at a level of zlib's; null is for what is stored as it is.
fn search(level: u32) ?Compress.Options {
    return switch (level) {
        0 => null,
        1 => .level_1,
        2 => .level_2,
        3 => .level_3,
        4 => .level_4,
        5 => .level_5,
        6 => .level_6,
        7 => .level_7,
        8 => .level_8,
        else => .level_9,
    };
}

fn store(to: *Writer, container: flate.Container, window: []u8, data: []const u8) !void {
    var raw: Compress.Raw = try .init(to, window, container);
    try raw.writer.writeAll(data);
    try raw.finish();
}

fn compress(to: *Writer, container: flate.Container, window: []u8, data: []const u8, options: Compress.Options) !void {
    // Its tables are half of the host's stack.
    const packing = try allocator.create(Compress);
    defer allocator.destroy(packing);
    packing.* = try .init(to, window, container, options);
    try packing.writer.writeAll(data);
    try packing.finish();
}

fn pack(kind: u32, level: u32, data: []const u8) ![]u8 {
    const window = try allocator.alloc(u8, flate.max_window_len);
    defer allocator.free(window);
    var out: Writer.Allocating = try .initCapacity(allocator, 64 + data.len / 4);
    defer out.deinit();
    if (search(level)) |options| {
        try compress(&out.writer, container_of(kind), window, data, options);
    } else {
        try store(&out.writer, container_of(kind), window, data);
    }
    return out.toOwnedSlice();
}

/// See `interpreter.h`.
export fn deflate_pack(kind: u32, level: u32, data: [*]const u8, length: usize, out_length: *usize) ?[*]u8 {
    const out = pack(kind, level, data[0..length]) catch return null;
    out_length.* = out.len;
    return out.ptr;
}

/// See `interpreter.h`.
export fn inflate_unpack(kind: u32, data: [*]const u8, length: usize, max: usize, out_length: *usize) ?[*]u8 {
    var from: std.Io.Reader = .fixed(data[0..length]);
    const window = allocator.alloc(u8, flate.max_window_len) catch return null;
    defer allocator.free(window);
    var unpacking: flate.Decompress = .init(&from, container_of(kind), window);
    const out = unpacking.reader.allocRemaining(allocator, .limited(max)) catch return null;
    out_length.* = out.len;
    // Of nothing there is nothing to free, and it is no failure.
    return if (out.len == 0) @ptrFromInt(16) else out.ptr;
}

/// See `interpreter.h`.
export fn deflate_free(data: [*]u8, length: usize) void {
    if (length > 0) allocator.free(data[0..length]);
}
