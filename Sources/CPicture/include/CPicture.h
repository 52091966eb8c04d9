/// JPEG and PNG behind plain C types: the long jumps of libjpeg and libpng end on the C side.
///
/// Every function returns 0, or -1 after writing why to `message`. None keeps state: any thread may
/// call any of them.
#ifndef CPICTURE_H
#define CPICTURE_H

#include <stddef.h>
#include <stdint.h>

/// Bytes that `message` must hold.
#define CPICTURE_MESSAGE 256

/// The longest side of a JPEG picture that libjpeg reads and writes.
#define CPICTURE_JPEG_SIDE 65500

/// What a file says of its picture.
typedef struct {
  int width, height;
  int channels;     // what decoding as colours yields: 1 grey, 3 RGB, 4 CMYK
  int progressive;  // JPEG: coded in several scans, or arithmetically
  int stored;       // PNG: can be decoded as stored values
} cpicture_header;

/// Reads the header of a JPEG file.
int cpicture_jpeg_header(const uint8_t *bytes, size_t count, cpicture_header *header, char *message);

/// Overwrites `pixels` [H][W][channels] by the picture of a JPEG file, of which the caller has read
/// the header. CMYK comes as Adobe stores it: inverted. Premature ends and damage of the coded
/// picture are failures.
int cpicture_jpeg_decode(
    const uint8_t *bytes, size_t count, uint8_t *pixels, size_t capacity, char *message);

/// Packs `pixels` [H][W][channels] (1 or 3) without subsampling. `*bytes` is to be freed by
/// `cpicture_free`; it is NULL after a failure. A file of more than `most` bytes is one.
int cpicture_jpeg_encode(
    const uint8_t *pixels, int height, int width, int channels, int quality, size_t most,
    uint8_t **bytes, size_t *count, char *message);

/// Frees what an encoder made.
void cpicture_free(uint8_t *bytes);

/// Reads the header of a PNG file.
int cpicture_png_header(const uint8_t *bytes, size_t count, cpicture_header *header, char *message);

/// Overwrites `pixels` by the picture of a PNG file. `stored`: [H][W], the values as they are (a
/// palette's indices, levels of at most 8 bits); else [H][W][3], RGB: the high byte of 16 bits, no
/// alpha.
int cpicture_png_decode(
    const uint8_t *bytes, size_t count, int stored, uint8_t *pixels, size_t capacity,
    char *message);

/// Packs `pixels` [H][W][channels] (1 or 3) without loss. `*bytes` is to be freed by `cpicture_free`.
int cpicture_png_encode(
    const uint8_t *pixels, int height, int width, int channels, uint8_t **bytes, size_t *count,
    char *message);

#endif
