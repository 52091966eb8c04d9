// Memory that processes of one user can look at without a name in any file system: nothing of it outlives them.

#define _GNU_SOURCE
#include "CProcess.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

uint64_t *cprocess_share_words(long count, int is_shared, int *descriptor) {
  size_t bytes = (size_t)count * sizeof(uint64_t);
  int file = is_shared ? memfd_create("csg-dist", MFD_CLOEXEC) : -1;
  if (file >= 0 && ftruncate(file, (off_t)bytes)) {
    close(file);
    file = -1;
  }
  int kind = file >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
  void *words = mmap(NULL, bytes, PROT_READ | PROT_WRITE, kind, file, 0);
  *descriptor = file;
  if (words != MAP_FAILED) return words;
  if (file >= 0) close(file);
  *descriptor = -1;
  return NULL;
}

uint64_t *cprocess_shared_words(int process, int descriptor, long count, int is_written) {
  char path[64];
  size_t bytes = (size_t)count * sizeof(uint64_t);
  snprintf(path, sizeof path, "/proc/%d/fd/%d", process, descriptor);
  int file = open(path, (is_written ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return NULL;
  struct stat status;
  void *words = MAP_FAILED;
  if (!fstat(file, &status) && status.st_size == (off_t)bytes) // a shorter file's words would be fatal to read
    words = mmap(NULL, bytes, is_written ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file, 0);
  close(file);
  return words == MAP_FAILED ? NULL : words;
}

void cprocess_leave_words(const uint64_t *words, long count, int descriptor) {
  munmap((void *)words, (size_t)count * sizeof(uint64_t));
  if (descriptor >= 0) close(descriptor);
}

uint64_t cprocess_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

char cprocess_state(int process) {
  char path[64], line[512];
  snprintf(path, sizeof path, "/proc/%d/stat", process);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, line, sizeof line - 1);
  close(file);
  line[length > 0 ? length : 0] = 0;
  char *name_end = strrchr(line, ')'); // number (name) state: the name may hold anything
  return name_end && name_end[1] == ' ' ? name_end[2] : 0;
}
