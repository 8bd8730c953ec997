;; A handler with tumbling windows: its state has, as `seen`, the data of every record of the window, in base64 and
;; with a dot behind each. The last call of a window fails, so that what the window saw is told where failures are.
;;
;; It reads the event as bytes: what it looks for has a name of eight bytes with what stands around it, and no name or
;; value beside it ends so.
(module
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 1024))
  (data (i32.const 64) "Demo.Window" "it is over")
  (data (i32.const 96) "\"seen\":\"" "\"data\":\"" "ow\":true")
  (data (i32.const 128) "{\"state\":{\"seen\":\"" "\"}}")

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

  ;; Where what is named so begins, at or behind `$at`; 0 if it is not there.
  (func $find (param $at i32) (param $end i32) (param $name i32) (result i32)
    (local $wanted i64)
    (local.set $wanted (i64.load (local.get $name)))
    (loop $next (result i32)
      (if (i32.gt_u (i32.add (local.get $at) (i32.const 8)) (local.get $end))
        (then (return (i32.const 0))))
      (if (i64.eq (i64.load align=1 (local.get $at)) (local.get $wanted))
        (then (return (i32.add (local.get $at) (i32.const 8)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))

  ;; Copies a text up to its quotation mark; where the copy ends.
  (func $copy (param $from i32) (param $to i32) (result i32)
    (local $byte i32)
    (loop $next (result i32)
      (local.set $byte (i32.load8_u (local.get $from)))
      (if (i32.eq (local.get $byte) (i32.const 34)) (then (return (local.get $to))))
      (i32.store8 (local.get $to) (local.get $byte))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (local.set $to (i32.add (local.get $to) (i32.const 1)))
      (br $next)))

  ;; The failure: its tag 0, then where and how long each: kind 4, message 12.
  (func $fail (result i32)
    (i32.store (i32.const 0) (i32.const 1))
    (i32.store (i32.const 4) (i32.const 64)) (i32.store (i32.const 8) (i32.const 11))
    (i32.store (i32.const 12) (i32.const 75)) (i32.store (i32.const 16) (i32.const 10))
    (i32.const 0))

  (func (export "shardmill:guest/lambda@0.1.0#handle")
    (param $event i32) (param $event_len i32)
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32 i32)
    (result i32)
    (local $end i32) (local $at i32) (local $answer i32) (local $to i32)
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 40))
    (local.set $end (i32.add (local.get $event) (local.get $event_len)))
    (if (call $find (local.get $event) (local.get $end) (i32.const 112))
      (then (return (call $fail))))
    ;; What it holds stands in the event with more around it.
    (local.set $answer
      (call $realloc (i32.const 0) (i32.const 0) (i32.const 1)
        (i32.add (local.get $event_len) (i32.const 32))))
    (memory.copy (local.get $answer) (i32.const 128) (i32.const 18))
    (local.set $to (i32.add (local.get $answer) (i32.const 18)))
    (local.set $at (call $find (local.get $event) (local.get $end) (i32.const 96)))
    (if (local.get $at)
      (then (local.set $to (call $copy (local.get $at) (local.get $to)))))
    (local.set $at (local.get $event))
    (block $done (loop $next
      (local.set $at (call $find (local.get $at) (local.get $end) (i32.const 104)))
      (br_if $done (i32.eqz (local.get $at)))
      (local.set $to (call $copy (local.get $at) (local.get $to)))
      (i32.store8 (local.get $to) (i32.const 46))
      (local.set $to (i32.add (local.get $to) (i32.const 1)))
      (br $next)))
    (memory.copy (local.get $to) (i32.const 146) (i32.const 3))
    (local.set $to (i32.add (local.get $to) (i32.const 3)))
    ;; A good answer: its tag 0, then where the bytes are and how many.
    (i32.store (i32.const 4) (local.get $answer))
    (i32.store (i32.const 8) (i32.sub (local.get $to) (local.get $answer)))
    (i32.const 0))

  (func (export "cabi_post_shardmill:guest/lambda@0.1.0#handle") (param i32)
    (global.set $top (i32.const 1024))))
