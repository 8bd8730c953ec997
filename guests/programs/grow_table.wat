;; Takes table elements until there are no more, and goes on.
(module
  (memory (export "memory") 32)
  (global $top (mut i32) (i32.const 4096))
  (func $realloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
    (global.set $top (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (table 1 funcref)
  (func $handle (export "shardmill:guest/transformer@0.1.0#handle")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32 i32 i32 i32) (result i32)
    (loop $more
      (br_if $more
        (i32.ne (table.grow (ref.null func) (i32.const 1000)) (i32.const -1))))
    (if (i32.ne (table.grow (ref.null func) (i32.const -1)) (i32.const -1)) (then unreachable))
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 32))
    (i32.const 0))
  (func (export "cabi_post_shardmill:guest/transformer@0.1.0#handle") (param i32)
    (global.set $top (i32.const 4096))))
