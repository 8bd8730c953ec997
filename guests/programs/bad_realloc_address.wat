;; Wants the batch to be written outside of the memory.
(module
  (memory (export "memory") 32)
  (global $top (mut i32) (i32.const 4096))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const -4096))
  (func $handle (export "shardmill:guest/transformer@0.1.0#handle")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32 i32 i32 i32) (result i32)
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 32))
    (i32.const 0))
  (func (export "cabi_post_shardmill:guest/transformer@0.1.0#handle") (param i32)
    (global.set $top (i32.const 4096))))
