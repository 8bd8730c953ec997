//! What functions of every world have around them: memory, lines of the log, variables of the environment.

const std = @import("std");
const c = @import("c");

/// Memory for whatever outlives a record; it is `malloc`'s.
pub const allocator = std.heap.c_allocator;

/// How much a line of the log matters.
pub const Level = enum(u8) { trace, debug, info, warn, @"error" };

/// A text or bytes of the bindings as Zig has them, not copied.
pub fn slice(value: anytype) []const u8 {
    return if (value.len == 0) "" else value.ptr[0..value.len];
}

/// Writes a line for whoever operates the function.
pub fn log(level: Level, comptime format: []const u8, arguments: anytype) !void {
    const line = try std.fmt.allocPrint(allocator, format, arguments);
    defer allocator.free(line);
    c.sm_log(@backingInt(level), "%.*s", @as(c_int, @intCast(line.len)), line.ptr);
}

/// The value of a variable of the function's environment, which the caller frees; null if it is not set or empty.
pub fn config(name: [:0]const u8) ?[:0]u8 {
    const value = c.sm_config(name.ptr) orelse return null;
    return std.mem.span(@as([*:0]u8, @ptrCast(value)));
}
