;; A guest of the world `vicar:gate/vicar` that misbehaves on demand: `inspect` and `verify` look
;; at the first byte of their text.
;;   l  loop for ever          g  grow memory for ever       r  recurse for ever
;;   u  run into `unreachable`     anything else: answer with the text itself
(module
  (import "[export]vicar:gate/gate@0.1.0" "[resource-new]gate" (func $new (param i32) (result i32)))
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 1024))

  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at
      (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get 3)))
    (local.get $at))

  (func $recurse (param i32) (result i32)
    (i32.add (call $recurse (local.get 0)) (i32.const 1)))

  (func $misbehave (param $text i32) (param $length i32)
    (local $first i32)
    (if (i32.eqz (local.get $length)) (then (return)))
    (local.set $first (i32.load8_u (local.get $text)))
    (if (i32.eq (local.get $first) (i32.const 108)) (then (loop $again (br $again))))
    (if (i32.eq (local.get $first) (i32.const 103))
      (then
        (loop $again
          (br_if $again (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        unreachable))
    (if (i32.eq (local.get $first) (i32.const 114))
      (then (drop (call $recurse (i32.const 0)))))
    (if (i32.eq (local.get $first) (i32.const 117)) (then unreachable)))

  ;; A string result: pointer and length at address 16.
  (func (export "vicar:gate/gate@0.1.0#inspect") (param i32 i32 i32 i64) (result i32)
    (call $misbehave (local.get 0) (local.get 1))
    (i32.store (i32.const 16) (local.get 0))
    (i32.store (i32.const 20) (local.get 1))
    (i32.const 16))

  ;; `ok` with a handle; a bundle that starts with `u` is a trap at load.
  (func (export "vicar:gate/gate@0.1.0#[static]gate.load") (param i32 i32) (result i32)
    (call $misbehave (local.get 0) (local.get 1))
    (i32.store (i32.const 16) (i32.const 0))
    (i32.store (i32.const 20) (call $new (i32.const 7)))
    (i32.const 16))

  (func $ok_with_text (param i32 i32) (result i32)
    (i32.store (i32.const 16) (i32.const 0))
    (i32.store (i32.const 20) (local.get 0))
    (i32.store (i32.const 24) (local.get 1))
    (i32.const 16))

  (func (export "vicar:gate/gate@0.1.0#[method]gate.set-keys")
    (param i32 i32 i32 i32 i32) (result i32)
    (call $ok_with_text (local.get 1) (local.get 2)))

  (func (export "vicar:gate/gate@0.1.0#[method]gate.verify")
    (param i32 i32 i32 i64) (result i32)
    (call $misbehave (local.get 1) (local.get 2))
    (call $ok_with_text (local.get 1) (local.get 2)))

  (func (export "vicar:gate/gate@0.1.0#[method]gate.decide") (param i32) (result i32)
    unreachable)

  (func (export "vicar:gate/gate@0.1.0#[method]gate.explain") (param i32) (result i32)
    unreachable))
