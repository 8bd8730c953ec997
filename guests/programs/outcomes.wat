;; Gives one outcome of each kind, and emits with all that an emit can have.
(module
  (memory (export "memory") 32)
  (global $top (mut i32) (i32.const 4096))
  (func $realloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
    (global.set $top (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  ;; "stream" 256, "key" 272, "42" 288, "data" 304, "name" 320, "value" 336, "reason" 352.
  (data (i32.const 256) "stream") (data (i32.const 272) "key") (data (i32.const 288) "42")
  (data (i32.const 304) "data") (data (i32.const 320) "name") (data (i32.const 336) "value")
  (data (i32.const 352) "reason")
  ;; The attribute, and the emit.
  (data (i32.const 400) "\40\01\00\00\04\00\00\00\50\01\00\00\05\00\00\00")
  (data (i32.const 512)
    "\01\00\00\00\01\00\00\00\00\01\00\00\06\00\00\00\10\01\00\00\03\00\00\00"
    "\01\00\00\00\20\01\00\00\02\00\00\00\30\01\00\00\04\00\00\00"
    "\90\01\00\00\01\00\00\00")
  ;; failed, retry-after, dropped, extra; 32 bytes each.
  (data (i32.const 1024)
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\60\01\00\00\06\00\00\00\00\00\00\00\00\00\00\00"
    "\01\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\e8\03\00\00\00\00\00\00\00\00\00\00\00\00\00\00"
    "\00\00\00\00\00\00\00\00\02\00\00\00\00\00\00\00\60\01\00\00\06\00\00\00\00\00\00\00\00\00\00\00"
    "\01\00\00\00\00\00\00\00\03\00\00\00\00\00\00\00\40\01\00\00\04\00\00\00\50\01\00\00\05\00\00\00")
  (func $handle (export "shardmill:guest/transformer@0.1.0#handle")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32 i32 i32 i32) (result i32)
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 32))
    (i32.store (i32.const 8) (i32.const 512))
    (i32.store (i32.const 12) (i32.const 1))
    (i32.store (i32.const 16) (i32.const 1024))
    (i32.store (i32.const 20) (i32.const 4))
    (i32.const 0))
  (func (export "cabi_post_shardmill:guest/transformer@0.1.0#handle") (param i32)
    (global.set $top (i32.const 4096))))
