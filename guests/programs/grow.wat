;; Takes memory until there is no more, writes to all of it, and goes on.
(module
  (memory (export "memory") 32)
  (global $top (mut i32) (i32.const 4096))
  (func $realloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
    (global.set $top (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func $handle (export "shardmill:guest/transformer@0.1.0#handle")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.const 2097152))
    (loop $more
      (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1))
        (then
          (i32.store (local.get $at) (i32.const 1))
          (local.set $at (i32.add (local.get $at) (i32.const 65536)))
          (br $more))))
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 32))
    (i32.const 0))
  (func (export "cabi_post_shardmill:guest/transformer@0.1.0#handle") (param i32)
    (global.set $top (i32.const 4096))))
