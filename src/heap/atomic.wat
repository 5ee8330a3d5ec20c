;; Atomic steps on the heap's words. `npm run wasm` writes src/heap/atomic-code.ts from this; a test compares the two.
;;
;; Addresses are indices of 32-bit words, as everywhere. Every function is one instruction of the processor (or a loop of compare-and-swap),
;; sequentially consistent like those of `Atomics`.
(module
  (import "heap" "memory" (memory 16 65536 shared))

  ;; A call that returns so much needs 8000 bytes in its caller's frame.
  (type $roomy (func (result
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
    i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64
  )))
  (table 1 funcref)

  (func (export "load") (param $at i32) (result i32)
    (i32.atomic.load (i32.shl (local.get $at) (i32.const 2))))
  (func (export "store") (param $at i32) (param $value i32)
    (i32.atomic.store (i32.shl (local.get $at) (i32.const 2)) (local.get $value)))
  (func (export "add") (param $at i32) (param $value i32) (result i32)
    (i32.atomic.rmw.add (i32.shl (local.get $at) (i32.const 2)) (local.get $value)))
  (func (export "sub") (param $at i32) (param $value i32) (result i32)
    (i32.atomic.rmw.sub (i32.shl (local.get $at) (i32.const 2)) (local.get $value)))
  (func (export "and") (param $at i32) (param $value i32) (result i32)
    (i32.atomic.rmw.and (i32.shl (local.get $at) (i32.const 2)) (local.get $value)))
  (func (export "or") (param $at i32) (param $value i32) (result i32)
    (i32.atomic.rmw.or (i32.shl (local.get $at) (i32.const 2)) (local.get $value)))
  (func (export "xor") (param $at i32) (param $value i32) (result i32)
    (i32.atomic.rmw.xor (i32.shl (local.get $at) (i32.const 2)) (local.get $value)))
  (func (export "exchange") (param $at i32) (param $value i32) (result i32)
    (i32.atomic.rmw.xchg (i32.shl (local.get $at) (i32.const 2)) (local.get $value)))
  (func (export "compareExchange") (param $at i32) (param $expected i32) (param $value i32) (result i32)
    (i32.atomic.rmw.cmpxchg (i32.shl (local.get $at) (i32.const 2)) (local.get $expected) (local.get $value)))

  ;; Doubles, by their bits. Of the many NaNs one is ever written, so that it is found by compareExchange.
  (func $bits (param $value f64) (result i64)
    (select
      (i64.const 0x7ff8000000000000)
      (i64.reinterpret_f64 (local.get $value))
      (f64.ne (local.get $value) (local.get $value))))
  (func (export "loadDouble") (param $at i32) (result f64)
    (f64.reinterpret_i64 (i64.atomic.load (i32.shl (local.get $at) (i32.const 2)))))
  (func (export "storeDouble") (param $at i32) (param $value f64)
    (i64.atomic.store (i32.shl (local.get $at) (i32.const 2)) (call $bits (local.get $value))))
  (func (export "exchangeDouble") (param $at i32) (param $value f64) (result f64)
    (f64.reinterpret_i64 (i64.atomic.rmw.xchg (i32.shl (local.get $at) (i32.const 2)) (call $bits (local.get $value)))))
  (func (export "compareExchangeDouble") (param $at i32) (param $expected f64) (param $value f64) (result f64)
    (f64.reinterpret_i64
      (i64.atomic.rmw.cmpxchg
        (i32.shl (local.get $at) (i32.const 2))
        (call $bits (local.get $expected))
        (call $bits (local.get $value)))))
  (func (export "addDouble") (param $at i32) (param $value f64) (result f64)
    (local $old i64)
    (local $found i64)
    (local.set $found (i64.atomic.load (i32.shl (local.get $at) (i32.const 2))))
    (loop $again
      (local.set $old (local.get $found))
      (local.set $found
        (i64.atomic.rmw.cmpxchg
          (i32.shl (local.get $at) (i32.const 2))
          (local.get $old)
          (call $bits (f64.add (f64.reinterpret_i64 (local.get $old)) (local.get $value)))))
      (br_if $again (i64.ne (local.get $found) (local.get $old))))
    (f64.reinterpret_i64 (local.get $old)))

  ;; compareExchange for entering a critical section. There must be room on the stack for what is called inside, or the section would be
  ;; left half-done, and locked, by a RangeError. Its own frame is as large as that (for the sake of a call that never comes: the address
  ;; is not negative), and each function sees whether its frame fits before it does anything. That costs no time.
  (func (export "enter") (param $at i32) (param $expected i32) (param $value i32) (result i32)
    (if (i32.lt_s (local.get $at) (i32.const 0)) (then (call_indirect (type $roomy) (i32.const 0)) unreachable))
    (i32.atomic.rmw.cmpxchg (i32.shl (local.get $at) (i32.const 2)) (local.get $expected) (local.get $value))))
