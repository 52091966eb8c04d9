#define _GNU_SOURCE
#include "CProcess.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>

int cprocess_x86_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return 4;
  if (__builtin_cpu_supports("x86-64-v3")) return 3;
  return 1;
#else
  return 0;
#endif
}

void cprocess_name_thread(const char *name) {
  char part[16];
  snprintf(part, sizeof part, "%s", name);
  pthread_setname_np(pthread_self(), part);
}

int cprocess_affinity_cores(void) {
  const int most = 1 << 16;
  cpu_set_t *set = CPU_ALLOC(most);
  if (!set) return -1;
  int failed = sched_getaffinity(0, CPU_ALLOC_SIZE(most), set);
  int cores = failed ? -1 : CPU_COUNT_S(CPU_ALLOC_SIZE(most), set);
  CPU_FREE(set);
  return cores;
}
