// Counts what the main thread of a program asks the heap for.
//
//   cc -shared -fPIC -O1 allocations.c -o allocations.so
//   ALLOCATIONS_LOG=/tmp/log LD_PRELOAD=./allocations.so PROGRAM …
//
//   ALLOCATIONS_LOG   file that the number of calls, and of bytes that were asked for, is written to at the end:
//                     CALLS BYTES
//
// Other threads are not counted: those that read data allocate as they like. The C library's own functions do the
// work, under the names by which it offers them to such libraries.

#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static long calls, bytes; // of the main thread, which alone writes them

static void count(size_t size) {
  if (syscall(SYS_gettid) != getpid()) return;
  calls++;
  bytes += (long)size;
}

void *malloc(size_t size) {
  count(size);
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count(number * size);
  return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
  count(size);
  return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
  count(size);
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **place, size_t alignment, size_t size) {
  void *found = memalign(alignment, size);
  if (!found) return ENOMEM;
  *place = found;
  return 0;
}

__attribute__((destructor)) static void tell(void) {
  const char *path = getenv("ALLOCATIONS_LOG");
  FILE *log = path ? fopen(path, "w") : NULL;
  if (!log) return;
  fprintf(log, "%ld %ld\n", calls, bytes);
  if (fclose(log) != 0) perror(path);
}
