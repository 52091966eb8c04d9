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

/// Starts MPI (once; a second call only fills `world`) and registers its end with `atexit`.
int cmpi_init(cmpi_world *world);

/// Ends MPI; nothing where it was never started or has ended.
int cmpi_finalize(void);

/// Ends every rank of the job with exit status `code`. Not collective; does not return.
void cmpi_abort(int code);

/// Replaces `bytes` on every rank by those of rank `root`.
int cmpi_broadcast(void *bytes, int64_t count, int root);

/// Overwrites `all` with every rank's `mine` in rank order; rank p brings `counts[p]` bytes.
int cmpi_all_gather(const void *mine, const int *counts, void *all);

/// One addition of the ordered sum: slot `into` becomes itself plus slot `from`.
typedef struct {
  int into;
  int from;
} cmpi_addition;

/// How the ranks' partial sums ("slots", numbered in rank order) become one.
typedef struct {
  const int *slots_of_rank;  // [size]: how many slots each rank holds, at least one
  const cmpi_addition *additions;
  int addition_count;  // all slots but one; slot 0 ends as the sum
} cmpi_tree;

/// Floats that `scratch` of `cmpi_ordered_all_reduce` must hold on this rank.
int64_t cmpi_ordered_all_reduce_scratch(const cmpi_tree *tree, int count);

/// Overwrites `sum` [count] on every rank by the sum of all slots, added in the tree's order.
///
/// Slot s of this rank starts at `slots + s * stride`. Each rank finishes the tree for one chunk
/// (all-to-all, then all-gather), so the bits depend on the tree alone: not on message sizes, nor
/// on the algorithm that MPI picks. `sum` may be the start of `slots`.
int cmpi_ordered_all_reduce(const cmpi_tree *tree, const float *slots, int64_t stride, int count,
                            float *sum, float *scratch);

/// Writes MPI's text for `code`, cut to `capacity` bytes and terminated. Not collective.
void cmpi_error_text(int code, char *text, int capacity);

/// Writes the name of the MPI library and its version likewise. Not collective.
void cmpi_library_version(char *text, int capacity);

/// Writes this host's name likewise. Not collective.
void cmpi_host_name(char *text, int capacity);

#endif
