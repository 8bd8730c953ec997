;; Fails: as one does, or with more than anybody wants to hear if the event is empty.
(module
  (memory (export "memory") 4)
  (global $top (mut i32) (i32.const 1024))
  (data (i32.const 64) "Demo.Wrong" "it is wrong" "inner" "outer")

  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
    (global.set $top (i32.add (local.get $at) (local.get 3)))
    (local.get $at))

  ;; The failure: its tag 0, then where and how long each: kind 4, message 12, stack 20, extra 28. A place has 8.
  (func (export "shardmill:guest/lambda@0.1.0#handle")
    (param $event i32) (param $event_len i32)
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32 i32)
    (result i32)
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 40))
    (i32.store (i32.const 0) (i32.const 1))
    (i32.store (i32.const 20) (i32.const 512))
    (i32.store (i32.const 512) (i32.const 85)) (i32.store (i32.const 516) (i32.const 5))
    (i32.store (i32.const 520) (i32.const 90)) (i32.store (i32.const 524) (i32.const 5))
    (i32.store (i32.const 24) (i32.const 2))
    (if (local.get $event_len)
      (then
        (i32.store (i32.const 4) (i32.const 64)) (i32.store (i32.const 8) (i32.const 10))
        (i32.store (i32.const 12) (i32.const 74)) (i32.store (i32.const 16) (i32.const 11)))
      (else
        ;; No kind, 100,000 bytes of message, and a thousand places without a name.
        (memory.fill (i32.const 8192) (i32.const 120) (i32.const 100000))
        (memory.fill (i32.const 120000) (i32.const 0) (i32.const 8000))
        (i32.store (i32.const 12) (i32.const 8192)) (i32.store (i32.const 16) (i32.const 100000))
        (i32.store (i32.const 20) (i32.const 120000)) (i32.store (i32.const 24) (i32.const 1000))))
    (i32.const 0))

  (func (export "cabi_post_shardmill:guest/lambda@0.1.0#handle") (param i32)
    (global.set $top (i32.const 1024))))
