/// bfloat16, the upper half of a float32: what is sent of values that have no more, and how sums get there.
#ifndef CMPI_WIRE_H
#define CMPI_WIRE_H

#include <stdint.h>
#include <string.h>

/// Floats that a sum takes at a time.
enum { wire_block = 1024 };

static inline uint32_t wire_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static inline float wire_value(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/// The nearest bfloat16, of two as near the even one, as a float32; a NaN stays one. As in VectorKernels/Rounding.swift.
static inline float wire_rounded(float value) {
  uint32_t bits = wire_bits(value);
  uint32_t nearest = bits + 0x7FFF + (bits >> 16 & 1);
  return wire_value((value == value ? nearest : bits | 0x00400000) & 0xFFFF0000);
}

/// into ← into + from, rounded to bfloat16 if `is_narrow`.
static inline void wire_add(float *restrict into, const float *restrict from, int count,
                            int is_narrow) {
  if (is_narrow)
    for (int i = 0; i < count; i++) into[i] = wire_rounded(into[i] + from[i]);
  else
    for (int i = 0; i < count; i++) into[i] += from[i];
}

/// Bytes of a value on its way.
static inline int64_t wire_width(int is_narrow) { return is_narrow ? 2 : 4; }

/// Writes values as they are sent; those that go in 16 bits are bfloat16s already.
static inline void wire_put(void *restrict to, const float *restrict from, int count,
                            int is_narrow) {
  uint16_t *halves = to;
  if (is_narrow)
    for (int i = 0; i < count; i++) halves[i] = (uint16_t)(wire_bits(from[i]) >> 16);
  else
    memcpy(to, from, count * sizeof(float));
}

/// Reads values as they were sent.
static inline void wire_take(float *restrict to, const void *restrict from, int count,
                             int is_narrow) {
  const uint16_t *halves = from;
  if (is_narrow)
    for (int i = 0; i < count; i++) to[i] = wire_value((uint32_t)halves[i] << 16);
  else
    memcpy(to, from, count * sizeof(float));
}

#endif
