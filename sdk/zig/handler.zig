//! What a function of the world `handler` needs in Zig, over the bindings in `sdk/c/handler`, of which `zig translate-c`
//! makes the module `c`.
//!
//!     const shardmill = @import("shardmill");
//!
//!     comptime {
//!         shardmill.handler(handle);
//!     }
//!
//!     fn handle(event: []const u8, context: shardmill.Context, _: *shardmill.Call) ![]u8 {
//!         return std.json.Stringify.valueAlloc(shardmill.allocator, .{ .bytes = event.len, .id = context.request_id }, .{});
//!     }

const std = @import("std");
const c = @import("c");
const host = @import("host.zig");

pub const allocator = host.allocator;
pub const Level = host.Level;
pub const log = host.log;
pub const config = host.config;

/// What is told of a call besides its event.
pub const Context = struct {
    /// The call's id, as its caller is told and as it stands in the log.
    request_id: []const u8,
    function_name: []const u8,
    /// A number, or `$LATEST`.
    function_version: []const u8,
    /// The function's ARN, with the version's number behind it if it is one.
    invoked_function_arn: []const u8,
    /// What the function asked for, in MiB.
    memory_limit_mb: u32,
    /// When the call ends at the latest, in milliseconds since the Unix epoch.
    deadline_ms: u64,
};

/// The call, which may fail.
pub const Call = struct {
    failure: *c.sm_failure,

    /// An error for `handle` to return: the call failed, with a kind by which programs tell failures apart.
    pub fn refuse(self: *Call, kind: [:0]const u8, comptime format: []const u8, arguments: anytype) anyerror {
        const why = try std.fmt.allocPrint(allocator, format, arguments);
        defer allocator.free(why);
        c.sm_fail(self.failure, kind.ptr, "%.*s", @as(c_int, @intCast(why.len)), why.ptr);
        return error.Refused;
    }
};

/// Makes a function of `handle`, whose answer is JSON that was allocated by `allocator`. An error that is not
/// `Call.refuse`'s fails the call by its name.
pub fn handler(comptime handle: fn ([]const u8, Context, *Call) anyerror![]u8) void {
    const exported = struct {
        fn call(
            event: *c.sm_json_bytes,
            context: *c.sm_context,
            answer: *c.sm_json_bytes,
            failure: *c.sm_failure,
        ) callconv(.c) bool {
            defer c.exports_shardmill_guest_lambda_context_free(context);
            defer c.handler_list_u8_free(event);
            var current: Call = .{ .failure = failure };
            const given: Context = .{
                .request_id = host.slice(context.request_id),
                .function_name = host.slice(context.function_name),
                .function_version = host.slice(context.function_version),
                .invoked_function_arn = host.slice(context.invoked_function_arn),
                .memory_limit_mb = context.memory_limit_mb,
                .deadline_ms = context.deadline_ms,
            };
            const made = handle(host.slice(event.*), given, &current) catch |err| {
                if (err != error.Refused) c.sm_fail(failure, @errorName(err), "%s", @as([*:0]const u8, @errorName(err)));
                return false;
            };
            answer.* = .{ .ptr = made.ptr, .len = made.len };
            return true;
        }
    };
    @export(&exported.call, .{ .name = "exports_shardmill_guest_lambda_handle" });
}
