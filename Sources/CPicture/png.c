#include "CPicture.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

typedef struct {
  png_structp codec;
  png_infop info;
  const uint8_t *bytes;
  size_t count, place;
} reader;

static void fail(png_structp codec, png_const_charp text) {
  snprintf(png_get_error_ptr(codec), CPICTURE_MESSAGE, "%s", text);
  png_longjmp(codec, 1);
}

static void ignore(png_structp codec, png_const_charp text) {
  (void)codec;
  (void)text;
}

static void take(png_structp codec, png_bytep target, size_t count) {
  reader *from = png_get_io_ptr(codec);
  if (count > from->count - from->place) png_error(codec, "the file ends too early");
  memcpy(target, from->bytes + from->place, count);
  from->place += count;
}

/// Makes ready to read. The caller sets the long jump's mark, and ends the reader on every way out.
static int begin(reader *reader, const uint8_t *bytes, size_t count, char *message) {
  reader->bytes = bytes;
  reader->count = count;
  reader->place = 0;
  reader->codec = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, fail, ignore);
  reader->info = reader->codec ? png_create_info_struct(reader->codec) : NULL;
  if (reader->info) {
    png_set_read_fn(reader->codec, reader, take);
    return 0;
  }
  png_destroy_read_struct(&reader->codec, NULL, NULL);
  snprintf(message, CPICTURE_MESSAGE, "libpng cannot start");
  return -1;
}

static int end(reader *reader, int code) {
  png_destroy_read_struct(&reader->codec, &reader->info, NULL);
  return code;
}

int cpicture_png_header(
    const uint8_t *bytes, size_t count, cpicture_header *header, char *message) {
  reader reader;
  if (begin(&reader, bytes, count, message)) return -1;
  if (setjmp(png_jmpbuf(reader.codec))) return end(&reader, -1);
  png_read_info(reader.codec, reader.info);
  int colour = png_get_color_type(reader.codec, reader.info);
  *header = (cpicture_header){
      .width = (int)png_get_image_width(reader.codec, reader.info),
      .height = (int)png_get_image_height(reader.codec, reader.info),
      .channels = colour & PNG_COLOR_MASK_COLOR ? 3 : 1,
      .stored = colour == PNG_COLOR_TYPE_PALETTE
          || (colour == PNG_COLOR_TYPE_GRAY
              && png_get_bit_depth(reader.codec, reader.info) <= 8)};
  return end(&reader, 0);
}

int cpicture_png_decode(
    const uint8_t *bytes, size_t count, int stored, uint8_t *pixels, size_t capacity,
    char *message) {
  reader reader;
  if (begin(&reader, bytes, count, message)) return -1;
  if (setjmp(png_jmpbuf(reader.codec))) return end(&reader, -1);
  png_read_info(reader.codec, reader.info);
  if (stored) {
    png_set_packing(reader.codec);
  } else {
    png_set_expand(reader.codec);
    png_set_strip_16(reader.codec);
    png_set_strip_alpha(reader.codec);
    png_set_gray_to_rgb(reader.codec);
  }
  int passes = png_set_interlace_handling(reader.codec);
  png_read_update_info(reader.codec, reader.info);
  size_t stride = png_get_rowbytes(reader.codec, reader.info);
  png_uint_32 height = png_get_image_height(reader.codec, reader.info);
  if (stride * height != capacity) png_error(reader.codec, "the picture does not fill the buffer");
  for (int pass = 0; pass < passes; pass++) {
    for (png_uint_32 row = 0; row < height; row++) {
      png_read_row(reader.codec, pixels + row * stride, NULL);
    }
  }
  png_read_end(reader.codec, NULL);
  return end(&reader, 0);
}

int cpicture_png_encode(
    const uint8_t *pixels, int height, int width, int channels, uint8_t **bytes, size_t *count,
    char *message) {
  png_image image = {
      .version = PNG_IMAGE_VERSION,
      .width = (png_uint_32)width,
      .height = (png_uint_32)height,
      .format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB};
  *count = PNG_IMAGE_PNG_SIZE_MAX(image);
  *bytes = malloc(*count);
  if (*bytes && png_image_write_to_memory(&image, *bytes, count, 0, pixels, 0, NULL)) return 0;
  snprintf(message, CPICTURE_MESSAGE, "%s", *bytes ? image.message : "out of memory");
  free(*bytes);
  *bytes = NULL;
  return -1;
}
