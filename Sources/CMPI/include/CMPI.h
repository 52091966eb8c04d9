/// MPI behind plain C types: no mpi.h here, so that its macros and handles stay on the C side.
///
/// Every function is collective over all ranks of the job unless it says otherwise, is called by
/// one thread at a time, and returns an MPI code (0: success; text by `cmpi_error_text`).
#ifndef CMPI_H
#define CMPI_H

#include <stdint.h>

typedef struct {
  int rank;
  int size;
  int thread_level;  // 0 single, 1 funneled, 2 serialized, 3 multiple
} cmpi_world;

/// Starts MPI (once; a second call only fills `world`).
int cmpi_init(cmpi_world *world);

/// Ends MPI; nothing where it was never started or has ended.
int cmpi_finalize(void);

/// Ends every rank of the job with exit status `code`. Not collective; does not return.
void cmpi_abort(int code);

/// Replaces `bytes` on every rank by those of rank `root`.
int cmpi_broadcast(void *bytes, int64_t count, int root);

/// Sends `bytes` to rank `to`, or overwrites them by what rank `from` sends: as many on both sides. Of these two
/// alone, and of no other rank.
int cmpi_send(const void *bytes, int64_t count, int to);
int cmpi_receive(void *bytes, int64_t count, int from);

/// Overwrites `all` with every rank's `mine` in rank order; rank p brings `counts[p]` bytes.
int cmpi_all_gather(const void *mine, const int *counts, void *all);

/// Completes `values` on every rank: rank p has filled in the `counts[p]` from `starts[p]` on. May be
/// called while buckets are on their way.
int cmpi_exchange_rows(double *values, const int *counts, const int *starts);

/// One addition of the ordered sum: slot `into` becomes itself plus slot `from`.
typedef struct {
  int into;
  int from;
} cmpi_addition;

/// How the ranks' partial sums ("slots", numbered in rank order) become one.
typedef struct {
  int rank, size;
  const int *slots_of_rank;  // [size]: how many slots each rank holds, at least one
  const cmpi_addition *additions;
  int addition_count;  // all slots but one; slot 0 ends as the sum
} cmpi_tree;

/// One part of an ordered all-reduce: an all-to-all that brings each rank one chunk of all slots,
/// the tree's additions on that chunk, an all-gather of the sums. So the bits depend on the tree
/// alone: not on message sizes, nor on the algorithm that MPI picks.
///
/// The caller fills all but `request`, and leaves the memory alone until the part is done.
typedef struct {
  const cmpi_tree *tree;
  float *slots;  // slot s of this rank is [count] at slots + s * stride; slot 0 ends as the sum
  int64_t stride;
  int count;
  int is_narrow;   // not 0: all values are bfloat16s, go in 16 bits, and their sums are rounded so
  float *scratch;  // [cmpi_bucket_scratch]
  float *blocks;   // [cmpi_bucket_blocks], which other buckets may use too
  int *counts;     // [4 * size]
  uintptr_t request;  // the collective under way
} cmpi_bucket;

/// Floats that `scratch` of a bucket of `count` floats must hold on this rank. Not collective.
int64_t cmpi_bucket_scratch(const cmpi_tree *tree, int count);

/// Floats that `blocks` must hold. Not collective.
int64_t cmpi_bucket_blocks(const cmpi_tree *tree);

/// Starts the all-to-all. Buckets are exchanged in the same order on all ranks.
int cmpi_bucket_exchange(cmpi_bucket *bucket);

/// After the all-to-all: adds, and starts the all-gather. Buckets are gathered in the same order on
/// all ranks, whatever the order in which their all-to-alls ended.
int cmpi_bucket_gather(cmpi_bucket *bucket);

/// Lets MPI work (it does so within its calls alone), and sets `is_done` to whether the collective
/// under way has ended; if `waits` is not 0, waits until it has. Not collective.
int cmpi_bucket_test(cmpi_bucket *bucket, int waits, int *is_done);

/// After the all-gather: completes slot 0. Not collective.
void cmpi_bucket_land(const cmpi_bucket *bucket);

/// How one rank takes part where ranks of a host add up first. Terms are the partial sums that hosts then exchange,
/// numbered host by host.
typedef struct {
  int host, hosts;    // this rank's host, and their number
  int local, locals;  // this rank among those of its host
  int slots;          // of all ranks of the host, in rank order
  int first, mine;    // this rank's among them
  const int *terms_of_host;  // [hosts]
  const int *roots;          // [terms_of_host[host]]: the slots that hold the host's terms once `inner` is done
  const int *peers;          // [hosts]: the rank there that this one exchanges with; -1: another does, or its own host
  const cmpi_addition *inner;  // among the host's slots
  int inner_count;
  const cmpi_addition *outer;  // among all terms
  int outer_count;
  int sum;           // the term that ends as the sum
  int64_t capacity;  // floats of the longest bucket
} cmpi_host_plan;

/// One bucket on its way by such a plan, from the first function below to the last. A host's ranks each do a share of
/// the additions; each host finishes the sum of its part of the bucket, which is as large as its terms are many.
///
/// The caller fills in all, sees to it that every rank of the host is done with one function before any begins the
/// next, and leaves the memory alone until the bucket has landed. None of these is collective.
typedef struct {
  const cmpi_host_plan *plan;
  float *own;  // slot s of this rank is [count] at own + s * stride; slot 0 ends as the sum
  int64_t stride;
  int count;
  int is_narrow;   // not 0: all values are bfloat16s, go in 16 bits, and their sums are rounded so
  float *area;     // shared by the host's ranks: [slots][capacity], [terms][capacity], [capacity], other hosts' terms
  float *scratch;  // [most of slots and terms of all hosts][cmpi_host_block]
  uintptr_t *requests;  // [4 * hosts], 0 at first
} cmpi_host_bucket;

/// Floats that are added at a time.
int cmpi_host_block(void);

/// Shows this rank's slots to the others of its host.
void cmpi_host_copy(const cmpi_host_bucket *bucket);

/// Overwrites this rank's share of the host's terms.
void cmpi_host_add(const cmpi_host_bucket *bucket);

/// Starts to exchange terms with the peers. Buckets are exchanged in the same order on all ranks.
int cmpi_host_exchange(cmpi_host_bucket *bucket);

/// Overwrites this rank's share of the sums of the host's part.
void cmpi_host_sum(const cmpi_host_bucket *bucket);

/// Starts to exchange sums with the peers, likewise.
int cmpi_host_gather(cmpi_host_bucket *bucket);

/// Sets `is_done` to whether the exchange of terms, or, if `gathers` is not 0, of sums has ended.
int cmpi_host_test(cmpi_host_bucket *bucket, int gathers, int *is_done);

/// Overwrites this rank's slot 0 by the sum.
void cmpi_host_land(const cmpi_host_bucket *bucket);

/// Bytes that this rank sends in the exchange of terms, or, if `gathers` is not 0, of sums.
int64_t cmpi_host_sent(const cmpi_host_bucket *bucket, int gathers);

/// Lets MPI work, as a rank must that waits outside of it: what it has sent may not be on its way yet, and another
/// rank wait for that.
int cmpi_progress(void);

/// Writes a word that other processes read; and reads one: whoever sees a number sees all that was written before it.
static inline void cmpi_publish(uint64_t *word, uint64_t number) { __atomic_store_n(word, number, __ATOMIC_RELEASE); }
static inline uint64_t cmpi_published(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }

/// Replaces `values` on every rank by their sums in whatever order MPI picks. Training has no use for
/// that: it is what `bench allreduce` holds the ordered sum against.
int cmpi_all_reduce(float *values, int count);

/// Writes MPI's text for `code`, cut to `capacity` bytes and terminated. Not collective.
void cmpi_error_text(int code, char *text, int capacity);

/// Writes the name of the MPI library and its version likewise. Not collective.
void cmpi_library_version(char *text, int capacity);

/// Writes this host's name likewise. Not collective.
void cmpi_host_name(char *text, int capacity);

#endif
