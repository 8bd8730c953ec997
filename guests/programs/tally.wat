;; A consumer: counts its calls for the key of the first record, in one byte of state, and emits the count. What the
;; host refuses is why it fails. Timers are done with when they come.
(module
  (import "shardmill:guest/state@0.1.0" "get-many"
    (func $get_many (param $rows i32) (param $count i32) (param $result i32)))
  (import "shardmill:guest/state@0.1.0" "put-many"
    (func $put_many (param $changes i32) (param $count i32) (param $result i32)))
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 1024))

  (func $realloc (export "cabi_realloc")
    (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32) (local $pages i32)
    (local.set $at
      (i32.and
        (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $top (i32.add (local.get $at) (local.get $size)))
    (local.set $pages
      (i32.shr_u (i32.add (global.get $top) (i32.const 65535)) (i32.const 16)))
    (if (i32.gt_u (local.get $pages) (memory.size))
      (then
        (if (i32.eq
              (memory.grow (i32.sub (local.get $pages) (memory.size)))
              (i32.const -1))
          (then unreachable))))
    (local.get $at))

  ;; The reply at 0: the failure `failed` with the text of the problem that was stored at 600.
  (func $fail (result i32)
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 32))
    (i32.store8 (i32.const 0) (i32.const 1))
    (i64.store (i32.const 16) (i64.load (i32.const 608)))
    (i32.const 0))

  ;; A row has 16 bytes: key 0, name 8. A change has 28: key 0, name 8, value 16.
  ;; What the host answers lies at 600: its tag, then at 604 the list of values, or the problem.
  (func (export "shardmill:guest/stateful@0.1.0#handle")
    (param $stream i32) (param $stream_len i32) (param $shard i32) (param $shard_len i32)
    (param $first i32) (param $first_len i32) (param $last i32) (param $last_len i32)
    (param $attempt i32) (param $replay i32) (param $behind i64)
    (param $records i32) (param $count i32) (param $extra i32) (param $extra_len i32)
    (result i32)
    (local $value i32)
    (memory.fill (i32.const 512) (i32.const 0) (i32.const 512))
    (i64.store (i32.const 512) (i64.load offset=12 align=4 (local.get $records)))
    (call $get_many (i32.const 512) (i32.const 1) (i32.const 600))
    (if (i32.load8_u (i32.const 600)) (then (return (call $fail))))
    (local.set $value (i32.load (i32.const 604)))
    (if (i32.load8_u (local.get $value))
      (then
        (i32.store8 (i32.const 640) (i32.load8_u (i32.load offset=4 (local.get $value))))))
    (i32.store8 (i32.const 640) (i32.add (i32.load8_u (i32.const 640)) (i32.const 1)))
    (i64.store (i32.const 544) (i64.load (i32.const 512)))
    (i32.store8 (i32.const 560) (i32.const 1))
    (i32.store (i32.const 564) (i32.const 640))
    (i32.store (i32.const 568) (i32.const 1))
    (call $put_many (i32.const 544) (i32.const 1) (i32.const 600))
    (if (i32.load8_u (i32.const 600)) (then (return (call $fail))))
    ;; An emit has 52 bytes: index 0, target 4, partition key 16, hash key 24, data 36, attributes 44.
    (i64.store align=4 (i32.const 716) (i64.load (i32.const 512)))
    (i32.store (i32.const 736) (i32.const 640))
    (i32.store (i32.const 740) (i32.const 1))
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 32))
    (i32.store (i32.const 8) (i32.const 700))
    (i32.store (i32.const 12) (i32.const 1))
    (i32.const 0))

  (func (export "shardmill:guest/stateful@0.1.0#on-timers")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 32))
    (i32.const 0))

  (func (export "cabi_post_shardmill:guest/stateful@0.1.0#handle") (param i32)
    (global.set $top (i32.const 1024)))
  (func (export "cabi_post_shardmill:guest/stateful@0.1.0#on-timers") (param i32)
    (global.set $top (i32.const 1024))))
