#include "CMPI.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

// An all-gather starts when its rank is ready for it, so between other all-to-alls on each rank; but
// collectives on one communicator must start in the same order on all. Hence one for each kind.
// Rows of replicas meet while buckets of either kind are on their way: a third.
static MPI_Comm exchanges, gathers, rows;
MPI_Comm cmpi_streams;  // what goes between hosts, in hosts.c

int cmpi_init(cmpi_world *world) {
  static const int levels[4] = {MPI_THREAD_SINGLE, MPI_THREAD_FUNNELED, MPI_THREAD_SERIALIZED,
                                MPI_THREAD_MULTIPLE};
  int started = 0, provided = 0;
  int code = MPI_Initialized(&started);
  if (code) return code;
  if (!started) {
    if ((code = MPI_Init_thread(0, 0, MPI_THREAD_SERIALIZED, &provided))) return code;
    if ((code = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN))) return code;
    if ((code = MPI_Comm_dup(MPI_COMM_WORLD, &exchanges))) return code;
    if ((code = MPI_Comm_dup(MPI_COMM_WORLD, &gathers))) return code;
    if ((code = MPI_Comm_dup(MPI_COMM_WORLD, &rows))) return code;
    if ((code = MPI_Comm_dup(MPI_COMM_WORLD, &cmpi_streams))) return code;
  } else if ((code = MPI_Query_thread(&provided))) {
    return code;
  }
  for (int level = 0; level < 4; level++)
    if (levels[level] == provided) world->thread_level = level;
  if ((code = MPI_Comm_rank(MPI_COMM_WORLD, &world->rank))) return code;
  return MPI_Comm_size(MPI_COMM_WORLD, &world->size);
}

int cmpi_finalize(void) {
  int started = 0, ended = 0;
  int code = MPI_Initialized(&started);
  if (!code) code = MPI_Finalized(&ended);
  return code || !started || ended ? code : MPI_Finalize();
}

void cmpi_abort(int code) {
  int started = 0, ended = 0;
  if (!MPI_Initialized(&started) && started && !MPI_Finalized(&ended) && !ended)
    MPI_Abort(MPI_COMM_WORLD, code);
  _Exit(code);  // MPI is not running, or MPI_Abort returned, which the standard leaves open
}

static const int64_t most_bytes = 1 << 30;  // MPI counts are ints

int cmpi_broadcast(void *bytes, int64_t count, int root) {
  for (int64_t first = 0; first < count; first += most_bytes) {
    int part = (int)(count - first < most_bytes ? count - first : most_bytes);
    int code = MPI_Bcast((char *)bytes + first, part, MPI_BYTE, root, MPI_COMM_WORLD);
    if (code) return code;
  }
  return MPI_SUCCESS;
}

int cmpi_send(const void *bytes, int64_t count, int to) {
  for (int64_t first = 0; first < count; first += most_bytes) {
    int part = (int)(count - first < most_bytes ? count - first : most_bytes);
    int code = MPI_Send((const char *)bytes + first, part, MPI_BYTE, to, 0, MPI_COMM_WORLD);
    if (code) return code;
  }
  return MPI_SUCCESS;
}

int cmpi_receive(void *bytes, int64_t count, int from) {
  for (int64_t first = 0; first < count; first += most_bytes) {
    int part = (int)(count - first < most_bytes ? count - first : most_bytes);
    int code = MPI_Recv((char *)bytes + first, part, MPI_BYTE, from, 0, MPI_COMM_WORLD,
                        MPI_STATUS_IGNORE);
    if (code) return code;
  }
  return MPI_SUCCESS;
}

int cmpi_all_gather(const void *mine, const int *counts, void *all) {
  int size = 0, rank = 0, at = 0;
  int code = MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (!code) code = MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (code) return code;
  int starts[size];
  for (int p = 0; p < size; at += counts[p++]) starts[p] = at;
  return MPI_Allgatherv(mine, counts[rank], MPI_BYTE, all, counts, starts, MPI_BYTE,
                        MPI_COMM_WORLD);
}

int cmpi_exchange_rows(double *values, const int *counts, const int *starts) {
  return MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, values, counts, starts, MPI_DOUBLE, rows);
}

static int chunk_start(int count, int size, int p) { return (int)((int64_t)count * p / size); }

static int chunk_length(int count, int size, int p) {
  return chunk_start(count, size, p + 1) - chunk_start(count, size, p);
}

// Floats and halves lie in the scratch one part after the other: what is packed to be sent, which is not needed where
// one slot of floats is sent as it lies, then what is received. The sums of halves are gathered where they were packed.
static int is_packed(const cmpi_tree *tree, int is_narrow) {
  return is_narrow || tree->slots_of_rank[tree->rank] > 1;
}

static int64_t packed_count(const cmpi_tree *tree, int count, int is_narrow) {
  return is_packed(tree, is_narrow) ? (int64_t)tree->slots_of_rank[tree->rank] * count : 0;
}

static void *received(const cmpi_bucket *bucket) {
  int64_t packed = packed_count(bucket->tree, bucket->count, bucket->is_narrow);
  return (char *)bucket->scratch + packed * wire_width(bucket->is_narrow);
}

static MPI_Datatype wire_type(int is_narrow) { return is_narrow ? MPI_UINT16_T : MPI_FLOAT; }

int64_t cmpi_bucket_scratch(const cmpi_tree *tree, int count) {
  int64_t chunks = (int64_t)(tree->addition_count + 1) * (count / tree->size + 1);
  int64_t floats = packed_count(tree, count, 0) + chunks;
  int64_t halves = packed_count(tree, count, 1) + chunks;
  return floats > halves / 2 + 1 ? floats : halves / 2 + 1;
}

int64_t cmpi_bucket_blocks(const cmpi_tree *tree) {
  return (int64_t)(tree->addition_count + 1) * wire_block;
}

int cmpi_bucket_exchange(cmpi_bucket *bucket) {
  const cmpi_tree *tree = bucket->tree;
  const int size = tree->size, count = bucket->count;
  const int mine = tree->slots_of_rank[tree->rank];
  const int chunk = chunk_length(count, size, tree->rank);
  int *send_counts = bucket->counts, *send_starts = send_counts + size;
  int *receive_counts = send_starts + size, *receive_starts = receive_counts + size;
  for (int p = 0, received = 0; p < size; p++) {
    send_counts[p] = mine * chunk_length(count, size, p);
    send_starts[p] = mine * chunk_start(count, size, p);
    receive_counts[p] = tree->slots_of_rank[p] * chunk;
    receive_starts[p] = received;
    received += receive_counts[p];
  }

  const void *send = bucket->slots;
  if (is_packed(tree, bucket->is_narrow)) {  // for each receiver, its chunk of every slot
    char *packed = (char *)bucket->scratch;
    for (int p = 0; p < size; p++)
      for (int s = 0; s < mine; s++) {
        int length = chunk_length(count, size, p);
        wire_put(packed, bucket->slots + s * bucket->stride + chunk_start(count, size, p), length,
                 bucket->is_narrow);
        packed += length * wire_width(bucket->is_narrow);
      }
    send = bucket->scratch;
  }
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Datatype type = wire_type(bucket->is_narrow);
  int code = MPI_Ialltoallv(send, send_counts, send_starts, type, received(bucket), receive_counts,
                            receive_starts, type, exchanges, &request);
  bucket->request = (uintptr_t)request;
  return code;
}

// Halves are added in blocks of floats; the sums take the place of slot 0.
static void add_halves(const cmpi_bucket *bucket, uint16_t *halves, int chunk) {
  const cmpi_tree *tree = bucket->tree;
  for (int at = 0, count; at < chunk; at += count) {
    count = chunk - at < wire_block ? chunk - at : wire_block;
    for (int s = 0; s <= tree->addition_count; s++)
      wire_take(bucket->blocks + s * wire_block, halves + (int64_t)s * chunk + at, count, 1);
    for (int a = 0; a < tree->addition_count; a++)
      wire_add(bucket->blocks + tree->additions[a].into * wire_block,
               bucket->blocks + tree->additions[a].from * wire_block, count, 1);
    wire_put(halves + at, bucket->blocks, count, 1);
  }
}

int cmpi_bucket_gather(cmpi_bucket *bucket) {
  const cmpi_tree *tree = bucket->tree;
  const int size = tree->size, count = bucket->count;
  const int chunk = chunk_length(count, size, tree->rank);
  if (bucket->is_narrow) {
    add_halves(bucket, received(bucket), chunk);
  } else {
    float *slots = received(bucket);
    for (int a = 0; a < tree->addition_count; a++)
      wire_add(slots + (int64_t)tree->additions[a].into * chunk,
               slots + (int64_t)tree->additions[a].from * chunk, chunk, 0);
  }

  int *counts = bucket->counts, *starts = counts + size;
  for (int p = 0; p < size; p++) {
    counts[p] = chunk_length(count, size, p);
    starts[p] = chunk_start(count, size, p);
  }
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Datatype type = wire_type(bucket->is_narrow);
  void *sums = bucket->is_narrow ? bucket->scratch : bucket->slots;
  int code = MPI_Iallgatherv(received(bucket), chunk, type, sums, counts, starts, type, gathers,
                             &request);
  bucket->request = (uintptr_t)request;
  return code;
}

void cmpi_bucket_land(const cmpi_bucket *bucket) {
  if (bucket->is_narrow) wire_take(bucket->slots, bucket->scratch, bucket->count, 1);
}

int cmpi_bucket_test(cmpi_bucket *bucket, int waits, int *is_done) {
  MPI_Request request = (MPI_Request)bucket->request;
  int code = waits ? MPI_Wait(&request, MPI_STATUS_IGNORE)
                   : MPI_Test(&request, is_done, MPI_STATUS_IGNORE);
  if (waits) *is_done = 1;
  bucket->request = (uintptr_t)request;
  return code;
}

int cmpi_all_reduce(float *values, int count) {
  return MPI_Allreduce(MPI_IN_PLACE, values, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
}

void cmpi_error_text(int code, char *text, int capacity) {
  char buffer[MPI_MAX_ERROR_STRING];
  int length = 0;
  if (MPI_Error_string(code, buffer, &length)) length = 0;
  snprintf(text, capacity, "%.*s", length, buffer);
}

void cmpi_library_version(char *text, int capacity) {
  char buffer[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  if (MPI_Get_library_version(buffer, &length)) length = 0;
  snprintf(text, capacity, "%.*s", length, buffer);
}

void cmpi_host_name(char *text, int capacity) {
  char buffer[MPI_MAX_PROCESSOR_NAME];
  int length = 0;
  if (MPI_Get_processor_name(buffer, &length)) length = 0;
  snprintf(text, capacity, "%.*s", length, buffer);
}
