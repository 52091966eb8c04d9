// A program is granted no more threads.
//
//   cc -shared -fPIC -O1 threads.c -o threads.so -ldl
//   THREADS_AT=2 LD_PRELOAD=./threads.so PROGRAM …     the second thread that the program asks for, and each later
//
//   THREADS_AT     number of the first thread that is refused, from 1; without it none is
//   THREADS_OF     program: only those that the program itself asks for are counted and refused, not its
//                  libraries'; all: everybody's

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static int is_counted(const void *caller) {
  const char *whose = getenv("THREADS_OF");
  if (whose && strcmp(whose, "all") == 0) return 1;
  struct link_map *program = dlopen(NULL, RTLD_LAZY);
  Dl_info object;
  return program && dladdr(caller, &object) && (uintptr_t)object.dli_fbase == program->l_addr;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
  static _Atomic long count;
  const char *at = getenv("THREADS_AT");
  if (at && is_counted(__builtin_return_address(0)) && ++count >= atol(at)) return EAGAIN;
  int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  *(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
  return create(thread, attributes, body, argument);
}
