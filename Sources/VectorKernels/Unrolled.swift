// Loops of constant length written out: where what a body does depends on its index alone, the
// compiler leaves loops of vectors in registers rolled. The shortest that suffices compiles fastest.

/// Calls `body` with 0, 1, … `count` − 1, at most 4.
@inline(__always)
func unrolled4(_ count: Int, _ body: (Int) -> Void) {
  if count > 0 { body(0) }
  if count > 1 { body(1) }
  if count > 2 { body(2) }
  if count > 3 { body(3) }
}

/// Calls `body` with 0, 1, … `count` − 1, at most 7.
@inline(__always)
func unrolled7(_ count: Int, _ body: (Int) -> Void) {
  unrolled4(count, body)
  if count > 4 { body(4) }
  if count > 5 { body(5) }
  if count > 6 { body(6) }
}

/// Calls `body` with 0, 1, … `count` − 1, at most 18.
@inline(__always)
func unrolled18(_ count: Int, _ body: (Int) -> Void) {
  unrolled7(count, body)
  if count > 7 { body(7) }
  if count > 8 { body(8) }
  if count > 9 { body(9) }
  if count > 10 { body(10) }
  if count > 11 { body(11) }
  if count > 12 { body(12) }
  if count > 13 { body(13) }
  if count > 14 { body(14) }
  if count > 15 { body(15) }
  if count > 16 { body(16) }
  if count > 17 { body(17) }
}
