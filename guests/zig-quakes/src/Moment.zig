//! A moment in UTC. There is no clock here: times come from records.

const std = @import("std");
const Writer = std.Io.Writer;

const ms_in_day = 86_400_000;

year: i64,
month: u8,
day: u8,
ms_of_day: u32,

const Moment = @This();

/// The moment so many milliseconds after the Unix epoch.
pub fn of(unix_ms: i64) Moment {
    const days = @divFloor(unix_ms, ms_in_day);
    // Counted from the first of March of the year 0, so that a leap day ends its year; 146,097 days are 400 years
    // (Howard Hinnant's `civil_from_days`).
    const shifted = days + 719_468;
    const era = @divFloor(shifted, 146_097);
    const day_of_era = @mod(shifted, 146_097);
    const leaps = @divFloor(day_of_era, 1_460) - @divFloor(day_of_era, 36_524) + @divFloor(day_of_era, 146_096);
    const year_of_era = @divFloor(day_of_era - leaps, 365);
    const day_of_year = day_of_era - (365 * year_of_era + @divFloor(year_of_era, 4) - @divFloor(year_of_era, 100));
    const month_from_march = @divFloor(5 * day_of_year + 2, 153);
    const month = if (month_from_march < 10) month_from_march + 3 else month_from_march - 9;
    return .{
        .year = era * 400 + year_of_era + @intFromBool(month <= 2),
        .month = @intCast(month),
        .day = @intCast(day_of_year - @divFloor(153 * month_from_march + 2, 5) + 1),
        .ms_of_day = @intCast(@mod(unix_ms, ms_in_day)),
    };
}

/// For people: `2018-01-31 02:00 UTC`.
pub fn minute(self: Moment, out: *Writer) Writer.Error!void {
    try self.date(out);
    try out.print(" {d:0>2}:{d:0>2} UTC", .{ self.ms_of_day / 3_600_000, self.ms_of_day / 60_000 % 60 });
}

/// ISO 8601 with milliseconds.
pub fn format(self: Moment, out: *Writer) Writer.Error!void {
    const ms = self.ms_of_day;
    try self.date(out);
    try out.print("T{d:0>2}:{d:0>2}:{d:0>2}.{d:0>3}Z", .{
        ms / 3_600_000,
        ms / 60_000 % 60,
        ms / 1000 % 60,
        ms % 1000,
    });
}

fn date(self: Moment, out: *Writer) Writer.Error!void {
    // Signed numbers would come with their sign, also if it is a plus.
    const year = @abs(self.year);
    if (self.year < 0) try out.print("-{d:0>3}", .{year}) else try out.print("{d:0>4}", .{year});
    try out.print("-{d:0>2}-{d:0>2}", .{ self.month, self.day });
}
