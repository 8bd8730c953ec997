;; The smallest module that uses all of the world `transform`: packed, its type is what uploads are compared with.
(module
  (import "shardmill:guest/log@0.1.0" "write" (func (param i32 i32 i32)))
  (import "shardmill:guest/config@0.1.0" "get" (func (param i32 i32 i32)))
  (import "shardmill:guest/config@0.1.0" "all" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "shardmill:guest/transformer@0.1.0#handle")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32 i32 i32 i32) (result i32)
    unreachable))
