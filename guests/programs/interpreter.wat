;; An interpreter of the language in which every program is a JSON value: answers each event with the content of the
;; first file that it was given. It is loaded once, and loads nothing
;; whose handler begins with `x`.
(module
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 1024))
  ;; What is behind the program is given away and taken back.
  (global $bottom (mut i32) (i32.const 1024))
  (global $program (mut i32) (i32.const 0))
  (global $program_len (mut i32) (i32.const 0))
  (global $loads (mut i32) (i32.const 0))
  (data (i32.const 512) "Test.Refusedno such handler")

  (func (export "cabi_realloc")
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

  ;; Files are 16 bytes each: where the name is, its length, where the content is, its length.
  (func (export "shardmill:guest/source@0.1.0#load")
    (param $files i32) (param $count i32) (param $handler i32) (param $handler_len i32) (result i32)
    (global.set $loads (i32.add (global.get $loads) (i32.const 1)))
    (if (i32.gt_u (global.get $loads) (i32.const 1)) (then unreachable))
    (if (i32.eq (i32.load8_u (local.get $handler)) (i32.const 120))
      (then
        (i32.store (i32.const 0) (i32.const 1))
        (i32.store (i32.const 4) (i32.const 512))
        (i32.store (i32.const 8) (i32.const 12))
        (i32.store (i32.const 12) (i32.const 524))
        (i32.store (i32.const 16) (i32.const 15))
        (i64.store (i32.const 20) (i64.const 0))
        (i64.store (i32.const 28) (i64.const 0))
        (return (i32.const 0))))
    (global.set $program (i32.load offset=8 (local.get $files)))
    (global.set $program_len (i32.load offset=12 (local.get $files)))
    (global.set $bottom (global.get $top))
    (i32.store (i32.const 0) (i32.const 0))
    (i32.const 0))

  (func (export "shardmill:guest/lambda@0.1.0#handle")
    (param $event i32) (param $event_len i32)
    (param $request i32) (param $request_len i32) (param $name i32) (param $name_len i32)
    (param $version i32) (param $version_len i32) (param $arn i32) (param $arn_len i32)
    (param $memory i32) (param $deadline i64) (param $extra i32) (param $extra_len i32)
    (result i32)
    (i32.store (i32.const 0) (i32.const 0))
    (i32.store (i32.const 4) (global.get $program))
    (i32.store (i32.const 8) (global.get $program_len))
    (i32.const 0))

  (func (export "cabi_post_shardmill:guest/lambda@0.1.0#handle") (param i32)
    (global.set $top (global.get $bottom))))
