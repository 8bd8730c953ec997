;; The smallest module that uses all of the world `consumer`: packed, its type is what uploads are compared with.
(module
  (import "shardmill:guest/log@0.1.0" "write" (func (param i32 i32 i32)))
  (import "shardmill:guest/config@0.1.0" "get" (func (param i32 i32 i32)))
  (import "shardmill:guest/config@0.1.0" "all" (func (param i32)))
  (import "shardmill:guest/state@0.1.0" "get-many" (func (param i32 i32 i32)))
  (import "shardmill:guest/state@0.1.0" "put-many" (func (param i32 i32 i32)))
  (import "shardmill:guest/state@0.1.0" "scan"
    (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "shardmill:guest/timers@0.1.0" "now" (func (result i64)))
  (import "shardmill:guest/timers@0.1.0" "set-many" (func (param i32 i32 i32)))
  (import "shardmill:guest/secrets@0.1.0" "open" (func (param i32 i32 i32)))
  (import "shardmill:guest/secrets@0.1.0" "reveal" (func (param i32 i32)))
  (import "shardmill:guest/http@0.1.0" "fetch"
    (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "shardmill:guest/stateful@0.1.0#handle")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32 i32 i32 i32) (result i32)
    unreachable)
  (func (export "shardmill:guest/stateful@0.1.0#on-timers")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    unreachable))
