//! What a function of the world `transform` needs in Zig, over the bindings in `sdk/c`, of which `zig translate-c` makes
//! the module `c`.
//!
//!     const shardmill = @import("shardmill");
//!
//!     comptime {
//!         shardmill.transform(handle);
//!     }
//!
//!     fn handle(batch: shardmill.Batch, reply: *shardmill.Reply) !void {
//!         for (batch.records, 0..) |record, index| {
//!             try reply.emit(index, shardmill.slice(record.partition_key), shardmill.slice(record.data));
//!         }
//!     }

const std = @import("std");
const c = @import("c");
const host = @import("host.zig");

pub const allocator = host.allocator;
pub const Level = host.Level;
pub const slice = host.slice;
pub const log = host.log;
pub const config = host.config;

/// One record of a stream: `sequence`, `sub_sequence`, `partition_key`, `arrival_ms`, `data`. Use `slice` for texts.
pub const Event = c.sm_event;

/// A run of records of one shard, in order.
pub const Batch = struct {
    /// The stream's ARN.
    stream: []const u8,
    /// The shard's id.
    shard: []const u8,
    /// 1 for the first try, then counted upwards.
    attempt: u32,
    /// Whether some of these records may have been handed over before.
    is_replay: bool,
    /// How far the last record is behind the newest of the shard, in milliseconds.
    behind_ms: u64,
    records: []const Event,
};

/// What a batch led to. A record of which it says nothing is done.
pub const Reply = struct {
    raw: *c.sm_reply,
    failure: *c.sm_failure,

    /// A record goes out, made of the batch's record `index`. Copies what it is given.
    pub fn emit(self: *Reply, index: usize, key: []const u8, data: []const u8) !void {
        const copy = try allocator.dupe(u8, data);
        _ = c.sm_reply_emit(self.raw, @intCast(index), .{ .at = key.ptr, .len = key.len }, copy.ptr, copy.len);
    }

    /// How many records go out.
    pub fn emitted(self: *const Reply) usize {
        return self.raw.emits.len;
    }

    /// The record `index` was left out on purpose.
    pub fn drop(self: *Reply, index: usize, why: [:0]const u8) void {
        c.sm_reply_drop(self.raw, @intCast(index), why.ptr);
    }

    /// The record `index` failed.
    pub fn fail(self: *Reply, index: usize, why: [:0]const u8) void {
        c.sm_reply_fail(self.raw, @intCast(index), why.ptr);
    }

    /// The record `index` failed, and should be tried again after so many milliseconds.
    pub fn retry(self: *Reply, index: usize, after_ms: u64) void {
        c.sm_reply_retry(self.raw, @intCast(index), after_ms);
    }

    /// An error for `handle` to return: the batch as a whole failed, for this reason.
    pub fn refuse(self: *Reply, comptime format: []const u8, arguments: anytype) anyerror {
        const why = try std.fmt.allocPrint(allocator, format, arguments);
        defer allocator.free(why);
        c.sm_fail(self.failure, "%.*s", @as(c_int, @intCast(why.len)), why.ptr);
        return error.Refused;
    }
};

/// Makes a function of `handle`. An error that is not `Reply.refuse`'s fails the batch by its name.
pub fn transform(comptime handle: fn (Batch, *Reply) anyerror!void) void {
    const exported = struct {
        fn call(batch: *c.sm_batch, raw: *c.sm_reply, failure: *c.sm_failure) callconv(.c) bool {
            defer c.exports_shardmill_guest_transformer_batch_free(batch);
            raw.* = c.sm_reply_new();
            var reply: Reply = .{ .raw = raw, .failure = failure };
            const records: []const Event = if (batch.records.len == 0) &.{} else batch.records.ptr[0..batch.records.len];
            handle(.{
                .stream = slice(batch.stream),
                .shard = slice(batch.shard),
                .attempt = batch.attempt,
                .is_replay = batch.replay,
                .behind_ms = batch.behind_ms,
                .records = records,
            }, &reply) catch |err| {
                c.exports_shardmill_guest_transformer_reply_free(raw);
                if (err != error.Refused) c.sm_fail(failure, "%s", @as([*:0]const u8, @errorName(err)));
                return false;
            };
            return true;
        }
    };
    @export(&exported.call, .{ .name = "exports_shardmill_guest_transformer_handle" });
}
