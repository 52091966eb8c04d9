#include "CMPI.h"

#include <mpi.h>

#include "wire.h"

extern MPI_Comm cmpi_streams;

enum { exchange_tag = 0, gather_tag = 1, silent_tag = 2 };

_Static_assert(sizeof(MPI_Request) == sizeof(uintptr_t), "a request is kept as a number");

int cmpi_host_block(void) { return wire_block; }

static int least(int a, int b) { return a < b ? a : b; }
static int most(int a, int b) { return a > b ? a : b; }

static int part_start(int count, int parts, int p) { return (int)((int64_t)count * p / parts); }

// The part of the bucket that host h finishes: the more terms it has, the more of them stay with it.
static int start_of(const cmpi_host_bucket *bucket, int h) {
  const int *terms = bucket->plan->terms_of_host;
  int before = 0, all = 0;
  for (int p = 0; p < bucket->plan->hosts; p++) {
    if (p < h) before += terms[p];
    all += terms[p];
  }
  return part_start(bucket->count, all, before);
}

static int length_of(const cmpi_host_bucket *bucket, int h) {
  return start_of(bucket, h + 1) - start_of(bucket, h);
}

static int own_terms(const cmpi_host_plan *plan) { return plan->terms_of_host[plan->host]; }

// Terms and sums lie in the area as they are sent: from the first of their floats on, which halves fill by half.
static char *sent(const cmpi_host_bucket *bucket, float *first, int64_t at) {
  return (char *)first + at * wire_width(bucket->is_narrow);
}

static float *slot(const cmpi_host_bucket *bucket, int s) {
  return bucket->area + s * bucket->plan->capacity;
}

// Term t of the host, from value `at` of the part of host h on: [part][terms][length of the part].
static char *term_for(const cmpi_host_bucket *bucket, int h, int t, int at) {
  int64_t first = (int64_t)own_terms(bucket->plan) * start_of(bucket, h);
  return sent(bucket, slot(bucket, bucket->plan->slots),
              first + (int64_t)t * length_of(bucket, h) + at);
}

static char *sums(const cmpi_host_bucket *bucket, int at) {
  const cmpi_host_plan *plan = bucket->plan;
  return sent(bucket, slot(bucket, plan->slots + own_terms(plan)), at);
}

// Term t of host h, from value `at` of this host's part on, likewise.
static char *term_from(const cmpi_host_bucket *bucket, int h, int t, int at) {
  const cmpi_host_plan *plan = bucket->plan;
  if (h == plan->host) return term_for(bucket, h, t, at);
  int64_t before = t;
  for (int p = 0; p < h; p++)
    if (p != plan->host) before += plan->terms_of_host[p];
  return sent(bucket, slot(bucket, plan->slots + own_terms(plan) + 1),
              before * length_of(bucket, plan->host) + at);
}

// Adds in blocks of floats that lie apart.
static void add(const cmpi_host_bucket *bucket, const cmpi_addition *additions, int additions_count,
                int count) {
  for (int a = 0; a < additions_count; a++)
    wire_add(bucket->scratch + (int64_t)additions[a].into * wire_block,
             bucket->scratch + (int64_t)additions[a].from * wire_block, count, bucket->is_narrow);
}

void cmpi_host_copy(const cmpi_host_bucket *bucket) {
  const cmpi_host_plan *plan = bucket->plan;
  for (int s = 0; s < plan->mine; s++)
    memcpy(slot(bucket, plan->first + s), bucket->own + s * bucket->stride,
           bucket->count * sizeof(float));
}

void cmpi_host_add(const cmpi_host_bucket *bucket) {
  const cmpi_host_plan *plan = bucket->plan;
  const int first = part_start(bucket->count, plan->locals, plan->local);
  const int end = part_start(bucket->count, plan->locals, plan->local + 1);
  for (int h = 0; h < plan->hosts; h++) {
    const int start = start_of(bucket, h), last = least(end, start_of(bucket, h + 1));
    for (int at = most(first, start), count; at < last; at += count) {
      count = least(wire_block, last - at);
      for (int s = 0; s < plan->slots; s++)
        memcpy(bucket->scratch + s * wire_block, slot(bucket, s) + at, count * sizeof(float));
      add(bucket, plan->inner, plan->inner_count, count);
      for (int t = 0; t < own_terms(plan); t++)
        wire_put(term_for(bucket, h, t, at - start), bucket->scratch + plan->roots[t] * wire_block,
                 count, bucket->is_narrow);
    }
  }
}

void cmpi_host_sum(const cmpi_host_bucket *bucket) {
  const cmpi_host_plan *plan = bucket->plan;
  const int start = start_of(bucket, plan->host), length = length_of(bucket, plan->host);
  const int last = part_start(length, plan->locals, plan->local + 1);
  for (int at = part_start(length, plan->locals, plan->local), count; at < last; at += count) {
    count = least(wire_block, last - at);
    float *place = bucket->scratch;
    for (int h = 0; h < plan->hosts; h++)
      for (int t = 0; t < plan->terms_of_host[h]; t++, place += wire_block)
        wire_take(place, term_from(bucket, h, t, at), count, bucket->is_narrow);
    add(bucket, plan->outer, plan->outer_count, count);
    wire_put(sums(bucket, start + at), bucket->scratch + plan->sum * wire_block, count,
             bucket->is_narrow);
  }
}

void cmpi_host_land(const cmpi_host_bucket *bucket) {
  wire_take(bucket->own, sums(bucket, 0), bucket->count, bucket->is_narrow);
}

// Terms and sums have each their half of the requests: receives, then sends.
static MPI_Request *requests(cmpi_host_bucket *bucket, int gathers) {
  return (MPI_Request *)bucket->requests + (gathers ? 2 * bucket->plan->hosts : 0);
}

static int terms_sent(const cmpi_host_bucket *bucket, int h) {
  return own_terms(bucket->plan) * length_of(bucket, h);
}

int cmpi_host_exchange(cmpi_host_bucket *bucket) {
  const cmpi_host_plan *plan = bucket->plan;
  const MPI_Datatype type = bucket->is_narrow ? MPI_UINT16_T : MPI_FLOAT;
  MPI_Request *receives = requests(bucket, 0), *sends = receives + plan->hosts;
  for (int h = 0; h < plan->hosts; h++) {
    receives[h] = sends[h] = MPI_REQUEST_NULL;
    if (plan->peers[h] < 0) continue;
    int received = plan->terms_of_host[h] * length_of(bucket, plan->host);
    int code = MPI_Irecv(term_from(bucket, h, 0, 0), received, type, plan->peers[h], exchange_tag,
                         cmpi_streams, &receives[h]);
    if (code) return code;
    code = MPI_Isend(term_for(bucket, h, 0, 0), terms_sent(bucket, h), type, plan->peers[h],
                     exchange_tag, cmpi_streams, &sends[h]);
    if (code) return code;
  }
  return MPI_SUCCESS;
}

int cmpi_host_gather(cmpi_host_bucket *bucket) {
  const cmpi_host_plan *plan = bucket->plan;
  const MPI_Datatype type = bucket->is_narrow ? MPI_UINT16_T : MPI_FLOAT;
  MPI_Request *receives = requests(bucket, 1), *sends = receives + plan->hosts;
  for (int h = 0; h < plan->hosts; h++) {
    receives[h] = sends[h] = MPI_REQUEST_NULL;
    if (plan->peers[h] < 0) continue;
    int code = MPI_Irecv(sums(bucket, start_of(bucket, h)), length_of(bucket, h), type,
                         plan->peers[h], gather_tag, cmpi_streams, &receives[h]);
    if (code) return code;
    code = MPI_Isend(sums(bucket, start_of(bucket, plan->host)), length_of(bucket, plan->host),
                     type, plan->peers[h], gather_tag, cmpi_streams, &sends[h]);
    if (code) return code;
  }
  return MPI_SUCCESS;
}

int cmpi_host_test(cmpi_host_bucket *bucket, int gathers, int *is_done) {
  return MPI_Testall(2 * bucket->plan->hosts, requests(bucket, gathers), is_done,
                     MPI_STATUSES_IGNORE);
}

int cmpi_progress(void) {
  int is_there = 0;
  // Of a tag that nobody sends: a probe that finds a message lets nothing come further.
  return MPI_Iprobe(MPI_ANY_SOURCE, silent_tag, cmpi_streams, &is_there, MPI_STATUS_IGNORE);
}

int64_t cmpi_host_sent(const cmpi_host_bucket *bucket, int gathers) {
  const cmpi_host_plan *plan = bucket->plan;
  int64_t values = 0;
  for (int h = 0; h < plan->hosts; h++)
    if (plan->peers[h] >= 0)
      values += gathers ? length_of(bucket, plan->host) : terms_sent(bucket, h);
  return values * wire_width(bucket->is_narrow);
}
