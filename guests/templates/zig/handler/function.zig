//! Greets who is named by the event.

const std = @import("std");
const shardmill = @import("shardmill");

comptime {
    shardmill.handler(handle);
}

fn handle(event: []const u8, _: shardmill.Context, call: *shardmill.Call) ![]u8 {
    const Event = struct { name: ?[]const u8 = null };
    const parsed = try std.json.parseFromSlice(Event, shardmill.allocator, event, .{ .ignore_unknown_fields = true });
    defer parsed.deinit();
    const name = parsed.value.name orelse return call.refuse("NoName", "the event has no `name`", .{});
    const greeting = try std.fmt.allocPrint(shardmill.allocator, "hello, {s}", .{name});
    defer shardmill.allocator.free(greeting);
    return std.json.Stringify.valueAlloc(shardmill.allocator, .{ .greeting = greeting }, .{});
}
