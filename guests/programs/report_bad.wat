;; Emits every record again as it came, and says that those failed whose data begin with "bad".
(module
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 1024))
  (data (i32.const 512) "a bad record")

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

  (func $is_bad (param $record i32) (result i32)
    (if (i32.lt_u (i32.load offset=36 (local.get $record)) (i32.const 4))
      (then (return (i32.const 0))))
    ;; "bad" and any fourth byte.
    (i32.eq
      (i32.and (i32.load align=1 (i32.load offset=32 (local.get $record))) (i32.const 0xffffff))
      (i32.const 0x646162)))

  ;; A record has 40 bytes: sequence 0, sub-sequence 8, partition key 12, arrival 24, data 32.
  ;; An emit has 52: index 0, target 4, partition key 16, hash key 24, data 36, attributes 44.
  ;; An outcome has 32: index 0, its tag 8 (0 is failed), text 16.
  ;; The result has 32: its tag 0, the emits 8, the outcomes 16; or the failure's tag 8 and text 16.
  (func (export "shardmill:guest/transformer@0.1.0#handle")
    (param $stream i32) (param $stream_len i32) (param $shard i32) (param $shard_len i32)
    (param $first i32) (param $first_len i32) (param $last i32) (param $last_len i32)
    (param $attempt i32) (param $replay i32) (param $behind i64)
    (param $records i32) (param $count i32) (param $extra i32) (param $extra_len i32)
    (result i32)
    (local $emits i32) (local $at i32) (local $index i32) (local $bad i32) (local $end i32)
    (local.set $emits
      (call $realloc (i32.const 0) (i32.const 0) (i32.const 8)
        (i32.mul (local.get $count) (i32.const 52))))
    (memory.fill (local.get $emits) (i32.const 0) (i32.mul (local.get $count) (i32.const 52)))
    (local.set $bad
      (call $realloc (i32.const 0) (i32.const 0) (i32.const 8)
        (i32.mul (local.get $count) (i32.const 32))))
    (memory.fill (local.get $bad) (i32.const 0) (i32.mul (local.get $count) (i32.const 32)))
    (local.set $end (local.get $bad))
    (local.set $at (local.get $emits))
    (block $done (loop $next
      (br_if $done (i32.eq (local.get $index) (local.get $count)))
      (i32.store (local.get $at) (local.get $index))
      (i64.store offset=16 align=4 (local.get $at)
        (i64.load offset=12 align=4 (local.get $records)))
      (i64.store offset=36 align=4 (local.get $at) (i64.load offset=32 (local.get $records)))
      (if (call $is_bad (local.get $records))
        (then
          (i32.store (local.get $end) (local.get $index))
          (i32.store offset=16 (local.get $end) (i32.const 512))
          (i32.store offset=20 (local.get $end) (i32.const 12))
          (local.set $end (i32.add (local.get $end) (i32.const 32)))))
      (local.set $records (i32.add (local.get $records) (i32.const 40)))
      (local.set $at (i32.add (local.get $at) (i32.const 52)))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br $next)))
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 32))
    (i32.store (i32.const 8) (local.get $emits))
    (i32.store (i32.const 12) (local.get $count))
    (i32.store (i32.const 16) (local.get $bad))
    (i32.store (i32.const 20)
      (i32.shr_u (i32.sub (local.get $end) (local.get $bad)) (i32.const 5)))
    (i32.const 0))

  (func (export "cabi_post_shardmill:guest/transformer@0.1.0#handle") (param i32)
    (global.set $top (i32.const 1024))))
