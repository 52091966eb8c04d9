#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

static volatile sig_atomic_t noted = 0;

static void note(int signal) { noted = signal; }

int cprocess_note_signal(int signal) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  if (sigaction(signal, &action, 0)) return errno;
  // A parent may have started this process with the signal blocked.
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, signal);
  return pthread_sigmask(SIG_UNBLOCK, &wanted, 0);
}

int cprocess_noted_signal(void) { return noted; }

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

int cprocess_affinity_cores(void) {
  const int most = 1 << 16;
  cpu_set_t *set = CPU_ALLOC(most);
  if (!set) return -1;
  int failed = sched_getaffinity(0, CPU_ALLOC_SIZE(most), set);
  int cores = failed ? -1 : CPU_COUNT_S(CPU_ALLOC_SIZE(most), set);
  CPU_FREE(set);
  return cores;
}
