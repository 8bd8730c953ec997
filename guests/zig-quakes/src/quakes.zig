//! Earthquakes worth knowing: a function on a stream of the U.S. Geological Survey's events, one JSON object a record,
//! as in `examples/earthquakes`. `guests/rust-quakes` does the same, and its README tells what goes out.

const std = @import("std");
const shardmill = @import("shardmill");
const alert = @import("alert.zig");
const Event = @import("Event.zig");

/// From here on people far away feel it; it is worth a line in the log.
const notable_magnitude = 6.0;

comptime {
    shardmill.transform(handle);
}

/// What the function's environment says.
const Settings = struct {
    min_magnitude: f64 = 2.5,
    is_strict: bool = false,

    fn read(reply: *shardmill.Reply) !Settings {
        var settings: Settings = .{};
        if (shardmill.config("MIN_MAGNITUDE")) |text| {
            defer shardmill.allocator.free(text);
            settings.min_magnitude = number(text) orelse
                return reply.refuse("variable MIN_MAGNITUDE is `{s}`: that is no number", .{text});
        }
        if (shardmill.config("STRICT")) |text| {
            defer shardmill.allocator.free(text);
            settings.is_strict = std.mem.eql(u8, text, "true");
            if (!settings.is_strict and !std.mem.eql(u8, text, "false"))
                return reply.refuse("variable STRICT is `{s}`: that is neither `true` nor `false`", .{text});
        }
        return settings;
    }

    /// `parseFloat` takes `nan`, hexadecimal digits and underscores for numbers, too.
    fn number(text: []const u8) ?f64 {
        if (std.mem.trim(u8, text, "+-.eE0123456789").len > 0) return null;
        return std.fmt.parseFloat(f64, text) catch null;
    }
};

fn handle(batch: shardmill.Batch, reply: *shardmill.Reply) !void {
    const settings: Settings = try .read(reply);
    var arena: std.heap.ArenaAllocator = .init(shardmill.allocator);
    defer arena.deinit();
    for (batch.records, 0..) |*record, index| {
        try one(arena.allocator(), record, index, settings, reply);
        // What one record took is enough for the next.
        _ = arena.reset(.retain_capacity);
    }
    try shardmill.log(.debug, "{d} of {d} events have magnitude {d} or more", .{
        reply.emitted(),
        batch.records.len,
        settings.min_magnitude,
    });
}

/// Says in the reply what becomes of a record.
fn one(
    arena: std.mem.Allocator,
    record: *const shardmill.Event,
    index: usize,
    settings: Settings,
    reply: *shardmill.Reply,
) !void {
    var event: Event = .{};
    if (try event.read(arena, shardmill.slice(record.data))) |why| {
        try shardmill.log(.warn, "record {s}: {s}", .{ shardmill.slice(record.sequence), why });
        return if (settings.is_strict) reply.fail(index, why) else reply.drop(index, why);
    }
    if (event.magnitude < settings.min_magnitude) return reply.drop(index, "magnitude below the minimum");
    const summary = try alert.summary(arena, &event);
    if (event.magnitude >= notable_magnitude) try shardmill.log(.info, "{s}", .{summary});
    try reply.emit(index, alert.key(&event), try alert.json(arena, &event, summary));
}
