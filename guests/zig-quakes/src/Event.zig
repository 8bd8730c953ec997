//! An event as the survey publishes it, as far as it is of interest.

const std = @import("std");
const Allocator = std.mem.Allocator;
const Scanner = std.json.Scanner;

id: []const u8 = "",
magnitude: f64 = 0,
magnitude_type: ?[]const u8 = null,
/// Where it was, for people: `50km NNW of Sangiang, Indonesia`.
place: []const u8 = "",
/// Milliseconds since the Unix epoch; negative before.
time_ms: i64 = 0,
/// The seismic network that reports it.
network: []const u8 = "",
tsunami: u8 = 0,
/// `earthquake`, `explosion`, `quarry blast`.
kind: []const u8 = "earthquake",
/// Degrees east, degrees north, kilometres down.
coordinates: [3]f64 = @splat(0),

const Event = @This();

/// The members that are read, by their names.
const Field = enum { id, mag, magType, place, time, net, tsunami, type, coordinates };

const required: std.EnumSet(Field) = .initMany(&.{ .id, .mag, .place, .time, .net, .coordinates });

/// Why a line is no event.
const Malformed = error{ WrongType, OutOfRange, NotThreeNumbers, Twice, Missing, TooMuch };

/// Reads the event in a line of JSON, and tells what is wrong if it is none. Texts belong to `arena`.
pub fn read(self: *Event, arena: Allocator, line: []const u8) Allocator.Error!?[:0]const u8 {
    var scanner: Scanner = .initCompleteInput(arena, line);
    self.object(arena, &scanner) catch |err| return switch (err) {
        error.OutOfMemory => error.OutOfMemory,
        else => try std.fmt.allocPrintSentinel(arena, "{t} at byte {d}", .{ err, scanner.cursor + 1 }, 0),
    };
    return null;
}

fn object(self: *Event, arena: Allocator, in: *Scanner) !void {
    if (try in.next() != .object_begin) return Malformed.WrongType;
    var seen: std.EnumSet(Field) = .empty;
    while (try in.peekNextTokenType() == .string) {
        const name = try text(arena, in);
        const field = std.meta.stringToEnum(Field, name) orelse {
            try in.skipValue();
            continue;
        };
        if (seen.contains(field)) return Malformed.Twice;
        seen.insert(field);
        try self.value(field, arena, in);
    }
    _ = try in.next();
    if (try in.next() != .end_of_document) return Malformed.TooMuch;
    if (!seen.supersetOf(required)) return Malformed.Missing;
}

fn value(self: *Event, field: Field, arena: Allocator, in: *Scanner) !void {
    switch (field) {
        .id => self.id = try text(arena, in),
        .mag => self.magnitude = try number(arena, in),
        .magType => self.magnitude_type = try optionalText(arena, in),
        .place => self.place = try text(arena, in),
        .time => self.time_ms = try whole(i64, arena, in),
        .net => self.network = try text(arena, in),
        .tsunami => self.tsunami = try whole(u8, arena, in),
        .type => self.kind = try optionalText(arena, in) orelse self.kind,
        .coordinates => {
            if (try in.next() != .array_begin) return Malformed.WrongType;
            for (&self.coordinates) |*each| each.* = try number(arena, in);
            if (try in.next() != .array_end) return Malformed.NotThreeNumbers;
        },
    }
}

fn text(arena: Allocator, in: *Scanner) ![]const u8 {
    return switch (try in.nextAlloc(arena, .alloc_if_needed)) {
        .string, .allocated_string => |found| found,
        else => Malformed.WrongType,
    };
}

fn optionalText(arena: Allocator, in: *Scanner) !?[]const u8 {
    if (try in.peekNextTokenType() != .null) return try text(arena, in);
    _ = try in.next();
    return null;
}

/// A number as it is written.
fn digits(arena: Allocator, in: *Scanner) ![]const u8 {
    return switch (try in.nextAlloc(arena, .alloc_if_needed)) {
        .number, .allocated_number => |found| found,
        else => Malformed.WrongType,
    };
}

fn number(arena: Allocator, in: *Scanner) !f64 {
    const found = std.fmt.parseFloat(f64, try digits(arena, in)) catch return Malformed.WrongType;
    return if (std.math.isFinite(found)) found else Malformed.OutOfRange;
}

/// A number without point and exponent.
fn whole(comptime T: type, arena: Allocator, in: *Scanner) !T {
    const found = try digits(arena, in);
    if (!std.json.isNumberFormattedLikeAnInteger(found)) return Malformed.WrongType;
    return std.fmt.parseInt(T, found, 10) catch Malformed.OutOfRange;
}

/// The country, state or sea: what follows the last comma of the place.
pub fn region(self: *const Event) []const u8 {
    const start = if (std.mem.lastIndexOfScalar(u8, self.place, ',')) |comma| comma + 1 else 0;
    const found = std.mem.trim(u8, self.place[start..], " \t\r\n\x0b\x0c");
    return if (found.len > 0) found else self.network;
}
