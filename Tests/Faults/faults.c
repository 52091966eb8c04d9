// One chosen file-system call of a process fails, or is its last.
//
//   cc -shared -fPIC -O1 faults.c -o faults.so -ldl -lpthread
//   FAULTS_FOLDER=/data FAULTS_LOG=/tmp/log LD_PRELOAD=./faults.so PROGRAM …           what it calls
//   FAULTS_FOLDER=/data FAULTS_AT=7 FAULTS_DO=EIO LD_PRELOAD=./faults.so PROGRAM …     call 7 fails
//
// Calls on a folder and what lies below it are counted from 1, over all threads; a process has a count of its
// own. Paths are taken as they are spelled, descriptors as /proc/self/fd names them; longer ones than LONGEST are
// not counted. What the C library calls within itself (fopen's open, fts's readdir) cannot be seen from here.
//
//   FAULTS_FOLDER   the folder; without it nothing is counted
//   FAULTS_LOG      file to append a line to for each call, before it is made: NUMBER KIND PATH, the path
//                   relative to the folder
//   FAULTS_MATCH    where set, only calls whose KIND PATH contains this text are counted and logged; after a
//                   text that ends in $ nothing may follow, as in `fsync run/checkpoints$` for the folder's
//   FAULTS_AT       number of the call that FAULTS_DO is done at
//   FAULTS_DO       EIO, ENOSPC or an error's number: the call is not made, and fails;
//                   kill-before, kill-after: SIGKILL instead of the call, or between it and its return;
//                   SIGTERM, SIGINT, SIGUSR1, SIGSTOP: the process is signalled, then the call made;
//                   short: a read or write moves half of what it is asked to;
//                   hang: the call does not come to an end, as on a disk that does not answer;
//                   wait: the thread waits there, as at a slow disk, until others have made as many calls
//                   as FAULTS_UNTIL says
//   FAULTS_UNTIL    of `wait`: a number, a space, and text as in FAULTS_MATCH, whatever that says
//   FAULTS_STICKY   where set, later calls of the same kind fail too, as on a disk that stays full
//   FAULTS_RANK     rank of an MPI job (OMPI_COMM_WORLD_RANK) that this is for; where set, no other process

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// ---- What is asked for

enum { LONGEST = 1024 }; // bytes of a path: a signal's stack, where a crash is reported, is small

enum fate { PASS, FAIL, DIE_BEFORE, DIE_AFTER, SIGNAL, SHORTEN, WAIT, HANG };

static char folder[PATH_MAX]; // absolute, without links; empty: nothing is counted
static int log_descriptor = -1;
static const char *match;     // NULL: every call is counted
static const char *until;     // the calls that end a wait
static long until_count;      // so many of them
static long at;               // 0: no call
static enum fate wanted;
static int wanted_error, wanted_signal;
static int is_sticky;

static long count;
static const char *met_kind; // of call `at`, once it is made
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long until_met; // calls that `until` means, so far
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;

static void read_environment(void) {
  const char *wanted_rank = getenv("FAULTS_RANK"), *rank = getenv("OMPI_COMM_WORLD_RANK");
  if (wanted_rank && (!rank || strcmp(wanted_rank, rank) != 0)) return;
  const char *place = getenv("FAULTS_FOLDER");
  if (!place || !realpath(place, folder)) {
    folder[0] = 0;
    return;
  }
  const char *path = getenv("FAULTS_LOG"), *number = getenv("FAULTS_AT"), *deed = getenv("FAULTS_DO");
  // By system call, here and below: this library's own calls are nobody's.
  if (path) log_descriptor = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  match = getenv("FAULTS_MATCH");
  if ((until = getenv("FAULTS_UNTIL"))) {
    char *end;
    until_count = strtol(until, &end, 10);
    until = end + (*end == ' ');
  }
  is_sticky = getenv("FAULTS_STICKY") != NULL;
  if (!number || !deed) return;
  at = atol(number);
  wanted = FAIL;
  if (strcmp(deed, "kill-before") == 0) wanted = DIE_BEFORE;
  else if (strcmp(deed, "kill-after") == 0) wanted = DIE_AFTER;
  else if (strcmp(deed, "hang") == 0) wanted = HANG;
  else if (strcmp(deed, "SIGTERM") == 0) wanted = SIGNAL, wanted_signal = SIGTERM;
  else if (strcmp(deed, "SIGINT") == 0) wanted = SIGNAL, wanted_signal = SIGINT;
  else if (strcmp(deed, "SIGUSR1") == 0) wanted = SIGNAL, wanted_signal = SIGUSR1;
  else if (strcmp(deed, "SIGSTOP") == 0) wanted = SIGNAL, wanted_signal = SIGSTOP;
  else if (strcmp(deed, "short") == 0) wanted = SHORTEN;
  else if (strcmp(deed, "wait") == 0) wanted = until ? WAIT : PASS;
  else if (strcmp(deed, "EIO") == 0) wanted_error = EIO;
  else if (strcmp(deed, "ENOSPC") == 0) wanted_error = ENOSPC;
  else wanted_error = atoi(deed);
}

// ---- Paths

// Writes the path that a descriptor was opened by into `path` [LONGEST]; 0 where it has none, as a pipe.
static int descriptor_path(int descriptor, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, LONGEST - 1);
  path[length > 0 ? length : 0] = 0;
  return path[0] == '/';
}

// Takes `//`, `/.` and `/x/..` out of an absolute path, in place.
static void simplify(char *path) {
  char *end = path; // of what is done
  for (char *part = path; *part;) {
    while (*part == '/') part++;
    size_t length = strcspn(part, "/");
    if (length == 2 && strncmp(part, "..", 2) == 0) {
      while (end > path && *--end != '/') {}
    } else if (length > 0 && !(length == 1 && *part == '.')) {
      *end++ = '/';
      memmove(end, part, length);
      end += length;
    }
    part += length;
  }
  *end = 0;
}

// What a path within `directory` (a descriptor, or AT_FDCWD) is below the folder: NULL where it lies outside. An
// empty path is the directory itself. The room for it is `full` [LONGEST].
static const char *below(int directory, const char *path, char *full) {
  if (!path) return NULL;
  size_t length = 0;
  if (*path != '/') {
    if (directory != AT_FDCWD) {
      if (!descriptor_path(directory, full)) return NULL;
    } else if (syscall(SYS_getcwd, full, LONGEST) <= 0) {
      return NULL;
    }
    length = strlen(full);
  }
  if (length + 1 + strlen(path) >= LONGEST) return NULL;
  if (length > 0) full[length++] = '/';
  strcpy(full + length, path);
  simplify(full);
  size_t above = strlen(folder);
  if (strncmp(full, folder, above) != 0) return NULL;
  return full[above] == '/' ? full + above + 1 : full[above] == 0 ? "." : NULL;
}

// ---- A call

static void die(void) {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

// Whether a call is one that a text means: FAULTS_MATCH or FAULTS_UNTIL.
static int is_matched(const char *call, const char *match) {
  size_t length = match ? strlen(match) : 0, all = strlen(call);
  if (length == 0) return 1;
  if (match[length - 1] != '$') return strstr(call, match) != NULL;
  return all >= length - 1 && strncmp(call + all - (length - 1), match, length - 1) == 0;
}

// Counts and logs a call, and says what is to become of it.
static enum fate meet(const char *kind, int directory, const char *path) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  int error = errno;
  pthread_once(&once, read_environment);
  enum fate fate = PASS;
  char full[LONGEST], call[LONGEST + 16], line[LONGEST + 48];
  const char *name = folder[0] ? below(directory, path, full) : NULL;
  if (name) snprintf(call, sizeof call, "%s %s", kind, name);
  if (name && until && is_matched(call, until)) {
    pthread_mutex_lock(&lock);
    until_met++;
    pthread_cond_broadcast(&ended);
    pthread_mutex_unlock(&lock);
  }
  if (name && is_matched(call, match)) {
    pthread_mutex_lock(&lock);
    long number = ++count;
    int length = snprintf(line, sizeof line, "%ld %s\n", number, call);
    if (log_descriptor >= 0 && syscall(SYS_write, log_descriptor, line, length) != length) abort();
    if (number == at) met_kind = kind;
    if (number == at || (is_sticky && met_kind && strcmp(kind, met_kind) == 0)) fate = wanted;
    while (fate == WAIT && until_met < until_count) pthread_cond_wait(&ended, &lock);
    pthread_mutex_unlock(&lock);
  }
  if (fate == DIE_BEFORE) die();
  while (fate == HANG) pause();
  if (fate == SIGNAL) syscall(SYS_kill, getpid(), wanted_signal);
  errno = fate == FAIL ? wanted_error : error;
  return fate;
}

// The body of a replacement: `FAILED` is what the call returns when it fails.
#define CALL(KIND, DIRECTORY, PATH, FAILED, NAME, ...)                                                   \
  static __typeof__(&NAME) real;                                                                         \
  if (!real) real = (__typeof__(&NAME))dlsym(RTLD_NEXT, #NAME);                                          \
  enum fate fate = meet(KIND, DIRECTORY, PATH);                                                          \
  if (fate == FAIL) return FAILED;                                                                       \
  __typeof__(NAME(__VA_ARGS__)) result = real(__VA_ARGS__);                                              \
  if (fate == DIE_AFTER) die();                                                                          \
  return result

// The same of one that moves `SIZE` bytes.
#define TRANSFER(KIND, DESCRIPTOR, SIZE, NAME, ...)                                                      \
  static __typeof__(&NAME) real;                                                                         \
  if (!real) real = (__typeof__(&NAME))dlsym(RTLD_NEXT, #NAME);                                          \
  enum fate fate = meet(KIND, DESCRIPTOR, "");                                                           \
  if (fate == FAIL) return -1;                                                                           \
  if (fate == SHORTEN) SIZE = (SIZE + 1) / 2;                                                            \
  ssize_t result = real(__VA_ARGS__);                                                                    \
  if (fate == DIE_AFTER) die();                                                                          \
  return result

#define ON_PATH(KIND, PATH, NAME, ...) CALL(KIND, AT_FDCWD, PATH, -1, NAME, __VA_ARGS__)
#define ON_DESCRIPTOR(KIND, DESCRIPTOR, NAME, ...) CALL(KIND, DESCRIPTOR, "", -1, NAME, __VA_ARGS__)

// ---- Opening and closing

#define MODE(FLAGS)                                                                                      \
  mode_t mode = 0;                                                                                       \
  if ((FLAGS) & (O_CREAT | __O_TMPFILE)) {                                                               \
    va_list rest;                                                                                        \
    va_start(rest, FLAGS);                                                                               \
    mode = va_arg(rest, mode_t);                                                                         \
    va_end(rest);                                                                                        \
  }
#define OPENING(FLAGS) ((FLAGS) & O_CREAT ? "create" : "open")

int open(const char *path, int flags, ...) {
  MODE(flags)
  ON_PATH(OPENING(flags), path, open, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  MODE(flags)
  ON_PATH(OPENING(flags), path, open64, path, flags, mode);
}
int openat(int directory, const char *path, int flags, ...) {
  MODE(flags)
  CALL(OPENING(flags), directory, path, -1, openat, directory, path, flags, mode);
}
int openat64(int directory, const char *path, int flags, ...) {
  MODE(flags)
  CALL(OPENING(flags), directory, path, -1, openat64, directory, path, flags, mode);
}

// A close that fails has closed all the same: the number may be another file's by then.
int close(int descriptor) {
  static __typeof__(&close) real;
  if (!real) real = (__typeof__(&close))dlsym(RTLD_NEXT, "close");
  enum fate fate = meet("close", descriptor, "");
  int error = errno, result = real(descriptor);
  if (fate == DIE_AFTER) die();
  if (fate == FAIL) {
    errno = error;
    return -1;
  }
  return result;
}

// ---- Content

ssize_t read(int file, void *bytes, size_t size) { TRANSFER("read", file, size, read, file, bytes, size); }
ssize_t pread(int file, void *bytes, size_t size, off_t place) {
  TRANSFER("pread", file, size, pread, file, bytes, size, place);
}
ssize_t pread64(int file, void *bytes, size_t size, off_t place) {
  TRANSFER("pread", file, size, pread64, file, bytes, size, place);
}
ssize_t write(int file, const void *bytes, size_t size) { TRANSFER("write", file, size, write, file, bytes, size); }
ssize_t writev(int file, const struct iovec *parts, int number) {
  ON_DESCRIPTOR("writev", file, writev, file, parts, number);
}
ssize_t pwrite(int file, const void *bytes, size_t size, off_t place) {
  TRANSFER("pwrite", file, size, pwrite, file, bytes, size, place);
}
ssize_t pwrite64(int file, const void *bytes, size_t size, off_t place) {
  TRANSFER("pwrite", file, size, pwrite64, file, bytes, size, place);
}
int fsync(int file) { ON_DESCRIPTOR("fsync", file, fsync, file); }
int fdatasync(int file) { ON_DESCRIPTOR("fdatasync", file, fdatasync, file); }
int ftruncate(int file, off_t size) { ON_DESCRIPTOR("ftruncate", file, ftruncate, file, size); }
int ftruncate64(int file, off_t size) { ON_DESCRIPTOR("ftruncate", file, ftruncate64, file, size); }
int flock(int file, int operation) { ON_DESCRIPTOR("flock", file, flock, file, operation); }

// ---- Names. A rename or link is counted under its new name.

int rename(const char *old, const char *new) { ON_PATH("rename", new, rename, old, new); }
int renameat(int from, const char *old, int to, const char *new) {
  CALL("rename", to, new, -1, renameat, from, old, to, new);
}
int renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
  CALL("rename", to, new, -1, renameat2, from, old, to, new, flags);
}
int link(const char *old, const char *new) { ON_PATH("link", new, link, old, new); }
int symlink(const char *target, const char *path) { ON_PATH("symlink", path, symlink, target, path); }
ssize_t readlink(const char *path, char *target, size_t size) {
  ON_PATH("readlink", path, readlink, path, target, size);
}
int unlink(const char *path) { ON_PATH("unlink", path, unlink, path); }
int unlinkat(int directory, const char *path, int flags) {
  CALL(flags & AT_REMOVEDIR ? "rmdir" : "unlink", directory, path, -1, unlinkat, directory, path, flags);
}
int mkdir(const char *path, mode_t mode) { ON_PATH("mkdir", path, mkdir, path, mode); }
int rmdir(const char *path) { ON_PATH("rmdir", path, rmdir, path); }
DIR *opendir(const char *path) { CALL("opendir", AT_FDCWD, path, NULL, opendir, path); }
struct dirent *readdir(DIR *stream) { CALL("readdir", dirfd(stream), "", NULL, readdir, stream); }
struct dirent64 *readdir64(DIR *stream) { CALL("readdir", dirfd(stream), "", NULL, readdir64, stream); }

// ---- What is there

int stat(const char *path, struct stat *facts) { ON_PATH("stat", path, stat, path, facts); }
int stat64(const char *path, struct stat64 *facts) { ON_PATH("stat", path, stat64, path, facts); }
int lstat(const char *path, struct stat *facts) { ON_PATH("stat", path, lstat, path, facts); }
int lstat64(const char *path, struct stat64 *facts) { ON_PATH("stat", path, lstat64, path, facts); }
int fstat(int file, struct stat *facts) { ON_DESCRIPTOR("stat", file, fstat, file, facts); }
int fstat64(int file, struct stat64 *facts) { ON_DESCRIPTOR("stat", file, fstat64, file, facts); }
int fstatat(int directory, const char *path, struct stat *facts, int flags) {
  CALL("stat", directory, path, -1, fstatat, directory, path, facts, flags);
}
int fstatat64(int directory, const char *path, struct stat64 *facts, int flags) {
  CALL("stat", directory, path, -1, fstatat64, directory, path, facts, flags);
}
int statx(int directory, const char *path, int flags, unsigned mask, struct statx *facts) {
  CALL("stat", directory, path, -1, statx, directory, path, flags, mask, facts);
}
int access(const char *path, int mode) { ON_PATH("stat", path, access, path, mode); }
