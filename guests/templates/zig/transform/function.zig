//! Greets each record. Lines that begin with `#` are left out.

const std = @import("std");
const shardmill = @import("shardmill");

comptime {
    shardmill.transform(handle);
}

fn handle(batch: shardmill.Batch, reply: *shardmill.Reply) !void {
    const set = shardmill.config("GREETING");
    defer if (set) |value| shardmill.allocator.free(value);
    const greeting: []const u8 = set orelse "hello";
    for (batch.records, 0..) |record, index| {
        const text = shardmill.slice(record.data);
        if (std.mem.startsWith(u8, text, "#")) {
            reply.drop(index, "a comment");
            continue;
        }
        const data = try std.fmt.allocPrint(shardmill.allocator, "{s}, {s}", .{ greeting, text });
        defer shardmill.allocator.free(data);
        try reply.emit(index, shardmill.slice(record.partition_key), data);
    }
    try shardmill.log(.debug, "{d} of {d} records go out", .{ reply.emitted(), batch.records.len });
}
