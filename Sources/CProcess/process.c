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

// As many as Linux can be built for.
static const int most_hardware_threads = 1 << 16;

int cprocess_affinity(int *numbers, int room) {
  size_t size = CPU_ALLOC_SIZE(most_hardware_threads);
  cpu_set_t *set = CPU_ALLOC(most_hardware_threads);
  if (!set) return -1;
  int count = -1;
  if (sched_getaffinity(0, size, set) == 0) {
    count = 0;
    for (int number = 0; number < most_hardware_threads; number++)
      if (CPU_ISSET_S(number, size, set)) {
        if (count < room) numbers[count] = number;
        count++;
      }
  }
  CPU_FREE(set);
  return count;
}

int cprocess_bind(const int *numbers, int count) {
  size_t size = CPU_ALLOC_SIZE(most_hardware_threads);
  cpu_set_t *set = CPU_ALLOC(most_hardware_threads);
  if (!set) return -1;
  CPU_ZERO_S(size, set);
  for (int i = 0; i < count; i++)
    if (numbers[i] >= 0 && numbers[i] < most_hardware_threads) CPU_SET_S(numbers[i], size, set);
  int failed = sched_setaffinity(0, size, set);
  CPU_FREE(set);
  return failed;
}
