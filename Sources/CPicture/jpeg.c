#include "CPicture.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include <jerror.h>

/// Real files have about ten scans; each costs a pass over the whole picture.
static const int most_scans = 200;

typedef struct {
  struct jpeg_error_mgr manager;
  jmp_buf escape;
  char *message;
} handler;

static void fail(j_common_ptr codec) {
  handler *own = (handler *)codec->err;
  char text[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, text);
  snprintf(own->message, CPICTURE_MESSAGE, "%s", text);
  longjmp(own->escape, 1);
}

/// Warnings that say nothing against the picture pass; the others mean pixels that are made up.
static void judge(j_common_ptr codec, int level) {
  if (level >= 0) return;
  switch (codec->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_ICC:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL:
      return;
    default:
      fail(codec);
  }
}

static void silence(j_common_ptr codec) { (void)codec; }

static struct jpeg_error_mgr *handle(handler *own, char *message) {
  jpeg_std_error(&own->manager);
  own->manager.error_exit = fail;
  own->manager.emit_message = judge;
  own->manager.output_message = silence;
  own->message = message;
  return &own->manager;
}

static void count_scans(j_common_ptr codec) {
  if (((j_decompress_ptr)codec)->input_scan_number <= most_scans) return;
  handler *own = (handler *)codec->err;
  snprintf(own->message, CPICTURE_MESSAGE, "more than %d scans", most_scans);
  longjmp(own->escape, 1);
}

/// Reads the header and chooses the colours to decode to.
static void begin(
    struct jpeg_decompress_struct *codec, const uint8_t *bytes, size_t count) {
  jpeg_create_decompress(codec);
  jpeg_mem_src(codec, bytes, count);
  jpeg_read_header(codec, TRUE);
  switch (codec->jpeg_color_space) {
    case JCS_GRAYSCALE: codec->out_color_space = JCS_GRAYSCALE; break;
    case JCS_CMYK:
    case JCS_YCCK: codec->out_color_space = JCS_CMYK; break;
    default: codec->out_color_space = JCS_RGB;
  }
  codec->dct_method = JDCT_ISLOW;
  jpeg_calc_output_dimensions(codec);
}

int cpicture_jpeg_header(
    const uint8_t *bytes, size_t count, cpicture_header *header, char *message) {
  struct jpeg_decompress_struct codec = {0};
  handler own;
  codec.err = handle(&own, message);
  if (setjmp(own.escape)) {
    jpeg_destroy_decompress(&codec);
    return -1;
  }
  begin(&codec, bytes, count);
  *header = (cpicture_header){
      .width = (int)codec.output_width,
      .height = (int)codec.output_height,
      .channels = codec.out_color_components,
      .progressive = codec.progressive_mode || codec.arith_code};
  jpeg_destroy_decompress(&codec);
  return 0;
}

int cpicture_jpeg_decode(
    const uint8_t *bytes, size_t count, uint8_t *pixels, size_t capacity, char *message) {
  struct jpeg_decompress_struct codec = {0};
  struct jpeg_progress_mgr progress = {.progress_monitor = count_scans};
  handler own;
  codec.err = handle(&own, message);
  if (setjmp(own.escape)) {
    jpeg_destroy_decompress(&codec);
    return -1;
  }
  begin(&codec, bytes, count);
  codec.progress = &progress;
  size_t stride = (size_t)codec.output_width * (size_t)codec.out_color_components;
  if (stride * codec.output_height != capacity) {
    snprintf(message, CPICTURE_MESSAGE, "the picture does not fill the buffer");
    longjmp(own.escape, 1);
  }
  jpeg_start_decompress(&codec);
  while (codec.output_scanline < codec.output_height) {
    JSAMPROW row = pixels + codec.output_scanline * stride;
    jpeg_read_scanlines(&codec, &row, 1);
  }
  jpeg_finish_decompress(&codec);
  jpeg_destroy_decompress(&codec);
  return 0;
}

/// Where a file grows. After an error its bytes can be freed, which those of `jpeg_mem_dest` cannot:
/// it moves them, and tells where they are at the end alone.
typedef struct {
  struct jpeg_destination_mgr manager;
  uint8_t *bytes;
  size_t capacity, most, count;
} target;

static const size_t first_capacity = 1 << 16;

static void enlarge(j_compress_ptr codec, size_t wanted) {
  target *to = (target *)codec->dest;
  // libjpeg asks for room as soon as there is none: one byte beyond the most says that it needs more.
  size_t capacity = wanted <= to->most ? wanted : to->most + 1;
  int fits = capacity > to->capacity;
  uint8_t *bytes = fits ? realloc(to->bytes, capacity) : NULL;
  if (!bytes) {
    handler *own = (handler *)codec->err;
    const char *text = fits ? "no memory for a file of %zu bytes" : "it would have more than %zu bytes";
    snprintf(own->message, CPICTURE_MESSAGE, text, fits ? capacity : to->most);
    longjmp(own->escape, 1);
  }
  to->manager.next_output_byte = bytes + to->capacity;
  to->manager.free_in_buffer = capacity - to->capacity;
  to->bytes = bytes;
  to->capacity = capacity;
}

static void start_file(j_compress_ptr codec) { enlarge(codec, first_capacity); }

static boolean grow_file(j_compress_ptr codec) {
  enlarge(codec, 2 * ((target *)codec->dest)->capacity);
  return TRUE;
}

static void end_file(j_compress_ptr codec) {
  target *to = (target *)codec->dest;
  to->count = to->capacity - to->manager.free_in_buffer;
}

/// What the long jump leaves behind belongs to the caller, whose variables it does not touch.
static int pack(
    struct jpeg_compress_struct *codec, handler *own, target *to, const uint8_t *pixels, int height,
    int width, int channels, int quality) {
  if (setjmp(own->escape)) return -1;
  jpeg_create_compress(codec);
  codec->dest = &to->manager;
  codec->image_width = (JDIMENSION)width;
  codec->image_height = (JDIMENSION)height;
  codec->input_components = channels;
  codec->in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(codec);
  jpeg_set_quality(codec, quality, TRUE);
  codec->dct_method = JDCT_ISLOW;
  for (int i = 0; i < codec->num_components; i++) {
    codec->comp_info[i].h_samp_factor = 1;
    codec->comp_info[i].v_samp_factor = 1;
  }
  jpeg_start_compress(codec, TRUE);
  size_t stride = (size_t)width * (size_t)channels;
  while (codec->next_scanline < codec->image_height) {
    JSAMPROW row = (JSAMPROW)pixels + codec->next_scanline * stride;
    jpeg_write_scanlines(codec, &row, 1);
  }
  jpeg_finish_compress(codec);
  return 0;
}

_Static_assert(CPICTURE_JPEG_SIDE == JPEG_MAX_DIMENSION, "the header names libjpeg's limit");

int cpicture_jpeg_encode(
    const uint8_t *pixels, int height, int width, int channels, int quality, size_t most,
    uint8_t **bytes, size_t *count, char *message) {
  struct jpeg_compress_struct codec = {0};
  handler own;
  target to = {
      .manager = {
          .init_destination = start_file,
          .empty_output_buffer = grow_file,
          .term_destination = end_file},
      .most = most};
  codec.err = handle(&own, message);
  int code = pack(&codec, &own, &to, pixels, height, width, channels, quality);
  jpeg_destroy_compress(&codec);
  if (code) free(to.bytes);
  *bytes = code ? NULL : to.bytes;
  *count = code ? 0 : to.count;
  return code;
}

void cpicture_free(uint8_t *bytes) { free(bytes); }
