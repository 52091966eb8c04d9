// One bit of what a process computes or receives is wrong, once; or the process is signalled there.
//
//   cc -shared -fPIC -O1 flips.c -o flips.so -ldl
//   FLIPS_LOG=/tmp/log LD_PRELOAD=./flips.so PROGRAM …                                how many calls there are
//   FLIPS_IN=product FLIPS_AT=7 LD_PRELOAD=./flips.so PROGRAM …                       bit 20 of a product's first float
//
//   FLIPS_IN       product: of a matrix product of OpenBLAS; received: of what an MPI_Iallgatherv has brought
//   FLIPS_AT       number of the call, from 1
//   FLIPS_BIT      another bit, from 0, the lowest
//   FLIPS_NAN      where set, the float is no number instead
//   FLIPS_SIGNAL   number of a signal: no bit is wrong, the process gets the signal; of a crash: it does what
//                  brings that signal
//   FLIPS_STICKY   where set, later calls are as wrong, as on hardware that is broken
//   FLIPS_RANK     rank of an MPI job (OMPI_COMM_WORLD_RANK) that this is for; where set, no other process
//   FLIPS_LOG      file that is written at the end: PRODUCTS RECEIVED
//
// Calls are those of one thread. Handles of MPI are pointers, as Open MPI's are.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long products, received;

static int is_meant(const char *place, long number) {
  const char *in = getenv("FLIPS_IN"), *at = getenv("FLIPS_AT");
  const char *wanted = getenv("FLIPS_RANK"), *rank = getenv("OMPI_COMM_WORLD_RANK");
  if (!in || !at || strcmp(in, place) != 0) return 0;
  if (wanted && (!rank || strcmp(wanted, rank) != 0)) return 0;
  return number == atol(at) || (getenv("FLIPS_STICKY") && number > atol(at));
}

static void bring(int signal) {
  static volatile intptr_t nowhere;
  switch (signal) {
  case SIGSEGV: *(volatile int *)nowhere = 1; break;
  case SIGILL: __builtin_trap();
  case SIGABRT: abort();
  default: kill(getpid(), signal);
  }
}

static void flip(void *value) {
  uint32_t bits;
  const char *signal = getenv("FLIPS_SIGNAL"), *bit = getenv("FLIPS_BIT");
  if (signal) {
    bring(atoi(signal));
    return;
  }
  memcpy(&bits, value, sizeof bits);
  if (getenv("FLIPS_NAN")) bits = 0x7fc00000;
  else bits ^= 1u << (bit ? atoi(bit) & 31 : 20);
  memcpy(value, &bits, sizeof bits);
}

static void *next(const char *name) {
  void *function = dlsym(RTLD_NEXT, name);
  if (!function) abort();
  return function;
}

// ---- What is computed

typedef void sgemm(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int);

void cblas_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a, int lda,
                 const float *b, int ldb, float beta, float *c, int ldc) {
  static sgemm *real;
  if (!real) real = next("cblas_sgemm");
  real(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  if (is_meant("product", ++products)) flip(c);
}

__attribute__((destructor)) static void write_log(void) {
  const char *path = getenv("FLIPS_LOG");
  const char *wanted = getenv("FLIPS_RANK"), *rank = getenv("OMPI_COMM_WORLD_RANK");
  if (wanted && (!rank || strcmp(wanted, rank) != 0)) return;
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  fprintf(file, "%ld %ld\n", products, received);
  fclose(file);
}

// ---- What is received

enum { MOST = 16 }; // requests under way

static struct { void *request; void *bytes; } gathers[MOST];

typedef int iallgatherv(const void *, int, void *, void *, const int *, const int *, void *, void *, void **);

int MPI_Iallgatherv(const void *send, int count, void *send_type, void *receive, const int *counts,
                    const int *starts, void *receive_type, void *group, void **request) {
  static iallgatherv *real;
  if (!real) real = next("MPI_Iallgatherv");
  int code = real(send, count, send_type, receive, counts, starts, receive_type, group, request);
  for (int i = 0; i < MOST; i++)
    if (!gathers[i].request) {
      gathers[i].request = *request;
      gathers[i].bytes = receive;
      break;
    }
  return code;
}

static void arrived(void *request) {
  for (int i = 0; i < MOST; i++)
    if (request && gathers[i].request == request) {
      if (is_meant("received", ++received)) flip(gathers[i].bytes);
      gathers[i].request = NULL;
      return;
    }
}

int MPI_Wait(void **request, void *status) {
  static int (*real)(void **, void *);
  if (!real) real = next("MPI_Wait");
  void *waited = *request;
  int code = real(request, status);
  arrived(waited);
  return code;
}

int MPI_Test(void **request, int *is_done, void *status) {
  static int (*real)(void **, int *, void *);
  if (!real) real = next("MPI_Test");
  void *waited = *request;
  int code = real(request, is_done, status);
  if (*is_done) arrived(waited);
  return code;
}
