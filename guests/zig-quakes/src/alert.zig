//! What goes out for an event.

const std = @import("std");
const Allocator = std.mem.Allocator;
const Event = @import("Event.zig");
const Moment = @import("Moment.zig");

/// The longest partition key, in characters.
const key_chars_max = 256;

/// Of the C library: it rounds to decimals by the number itself, and Zig's by the shortest text for it.
extern fn snprintf(out: [*]u8, room: usize, format: [*:0]const u8, ...) c_int;

/// The partition key: its region, as long as a key may be.
pub fn key(event: *const Event) []const u8 {
    const region = event.region();
    var count: usize = 0;
    for (region, 0..) |byte, at| {
        const begins = byte & 0xC0 != 0x80;
        if (begins and count == key_chars_max) return region[0..at];
        count += @intFromBool(begins);
    }
    return region;
}

/// The three classes of the survey.
fn depthClass(event: *const Event) []const u8 {
    const depth_km = event.coordinates[2];
    return if (depth_km < 70) "shallow" else if (depth_km < 300) "intermediate" else "deep";
}

/// A number with so many decimals. The longest has 309 digits before them.
const Decimals = struct {
    room: [400]u8 = undefined,

    fn of(self: *Decimals, number: f64, count: c_int) []const u8 {
        const len = snprintf(&self.room, self.room.len, "%.*f", count, number);
        return self.room[0..@intCast(len)];
    }
};

/// One line for people: `M 5.3, 50km NNW of Sangiang, Indonesia: shallow earthquake, ...`.
pub fn summary(arena: Allocator, event: *const Event) ![]const u8 {
    var magnitude: Decimals = .{};
    var depth: Decimals = .{};
    return std.fmt.allocPrint(arena, "M {s}, {s}: {s} {s}, {s} km down, {f}", .{
        magnitude.of(event.magnitude, 1),
        event.place,
        depthClass(event),
        event.kind,
        depth.of(event.coordinates[2], 0),
        std.fmt.Alt(Moment, Moment.minute){ .data = .of(event.time_ms) },
    });
}

/// An event for its readers.
pub fn json(arena: Allocator, event: *const Event, line: []const u8) ![]const u8 {
    var out: std.Io.Writer.Allocating = .init(arena);
    var to: std.json.Stringify = .{ .writer = &out.writer };
    try to.beginObject();
    try to.objectField("id");
    try to.write(event.id);
    try to.objectField("time");
    try to.print("\"{f}\"", .{Moment.of(event.time_ms)});
    try to.objectField("kind");
    try to.write(event.kind);
    try putNumber(&to, "magnitude", event.magnitude);
    if (event.magnitude_type) |magnitude_type| {
        try to.objectField("magnitudeType");
        try to.write(magnitude_type);
    }
    try putNumber(&to, "energyJoules", energyJoules(event.magnitude));
    try to.objectField("place");
    try to.write(event.place);
    try to.objectField("region");
    try to.write(event.region());
    try to.objectField("network");
    try to.write(event.network);
    try putNumber(&to, "longitude", event.coordinates[0]);
    try putNumber(&to, "latitude", event.coordinates[1]);
    try putNumber(&to, "depthKm", event.coordinates[2]);
    try to.objectField("depth");
    try to.write(depthClass(event));
    try to.objectField("tsunami");
    try to.write(event.tsunami != 0);
    try to.objectField("summary");
    try to.write(line);
    try to.endObject();
    return out.written();
}

/// A number in JSON: the fewest digits that give it again, and at least one decimal.
fn putNumber(to: *std.json.Stringify, name: []const u8, number: f64) !void {
    try to.objectField(name);
    if (!std.math.isFinite(number)) return to.write(null);
    var room: [std.fmt.float.bufferSize(.decimal, f64)]u8 = undefined;
    const short = std.fmt.float.render(&room, number, .{ .mode = .scientific }) catch unreachable;
    const mark = std.mem.indexOfScalar(u8, short, 'e').?;
    const exponent = std.fmt.parseInt(i32, short[mark + 1 ..], 10) catch unreachable;
    if (exponent < -5) return to.print("{s}", .{short});
    if (exponent > 15) return to.print("{s}e+{d}", .{ short[0..mark], exponent });
    const text = std.fmt.float.render(&room, number, .{ .mode = .decimal }) catch unreachable;
    const point = if (std.mem.indexOfScalar(u8, text, '.') == null) ".0" else "";
    try to.print("{s}{s}", .{ text, point });
}

/// The energy that was radiated, by Gutenberg and Richter: log10 E = 4.8 + 1.5 M, to three digits.
fn energyJoules(magnitude: f64) f64 {
    const exponent = 4.8 + 1.5 * magnitude;
    // Beyond these there is nothing but 0 and infinity.
    if (!(@abs(exponent) <= 400)) return std.math.pow(f64, 10, exponent);
    const scale = @floor(exponent);
    // What is left after the scale lies between 1 and 10, where rounding means the same on every system.
    const digits = @round(std.math.pow(f64, 10, exponent - scale) * 100) / 100;
    var room: [64]u8 = undefined;
    const text = std.fmt.bufPrint(&room, "{d}e{d}", .{ digits, @as(i32, @intFromFloat(scale)) }) catch unreachable;
    return std.fmt.parseFloat(f64, text) catch unreachable;
}
