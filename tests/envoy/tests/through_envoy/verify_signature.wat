;; A filter that hands a request's body to Envoy's `verify_signature` and answers with what it says.
(module
  (import "env" "proxy_get_buffer_bytes"
    (func $body (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_call_foreign_function"
    (func $call (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_send_local_response"
    (func $reply (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 16)
  (data (i32.const 64) "verify_signature")
  (global $free (mut i32) (i32.const 4096))
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "_initialize"))
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    (global.get $free)
    (global.set $free
      (i32.and (i32.add (i32.add (global.get $free) (local.get $size)) (i32.const 15))
        (i32.const -16))))
  (func (export "proxy_on_context_create") (param i32 i32))
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (global.set $free (i32.const 4096))
    (i32.const 1))
  (func (export "proxy_on_request_body") (param i32) (param $size i32) (param $end i32) (result i32)
    (local $status i32)
    (if (i32.eqz (local.get $end)) (then (return (i32.const 1))))
    (drop (call $body (i32.const 0) (i32.const 0) (local.get $size) (i32.const 8) (i32.const 12)))
    (i64.store (i32.const 16) (i64.const 0))
    ;; The status becomes the HTTP status, from 200 for OK.
    (local.set $status (call $call (i32.const 64) (i32.const 16)
      (i32.load (i32.const 8)) (i32.load (i32.const 12)) (i32.const 16) (i32.const 20)))
    (i32.store (i32.const 24) (i32.const 0))
    (drop (call $reply (i32.add (i32.const 200) (local.get $status)) (i32.const 0) (i32.const 0)
      (i32.load (i32.const 16)) (i32.load (i32.const 20)) (i32.const 24) (i32.const 4)
      (i32.const -1)))
    (i32.const 1))
  (func (export "proxy_on_done") (param i32) (result i32) (i32.const 1))
  (func (export "proxy_on_delete") (param i32)))
