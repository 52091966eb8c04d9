#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { MOST_SIGNALS = 65 };

// Handlers run on any thread: what they share with others is atomic, and no lock may be behind it.
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a handler may wait for nobody");

static atomic_int noted = 0;               // the last signal that was noted
static atomic_int overdue = 0;             // the noted signal that the alarm is set for
static atomic_int attended = 0;            // whether somebody looks at `noted`
static atomic_int abandoned = 0;           // whether `speaker` has asked for the end
static atomic_int speaker = 0;             // who says itself why it ends this process; 0: nobody
static unsigned graces[MOST_SIGNALS];      // seconds; 0: as long as it takes
static atomic_int heeded[MOST_SIGNALS];    // whether one has been noted that only the first is of
static const char *words[MOST_SIGNALS];    // what is said when it is
static const char *lines[MOST_SIGNALS];    // what is said last

// All that handlers call is safe in a handler (signal-safety(7)).
static void say(const char *line) {
  struct pollfd errors = {.fd = STDERR_FILENO, .events = POLLOUT};
  if (poll(&errors, 1, 0) != 1 || !(errors.revents & POLLOUT)) return;  // nobody may be reading
  ssize_t count = write(STDERR_FILENO, line, strlen(line));
  (void)count;
}

static void end(int signal, int is_said) {
  int number = errno;
  if (!is_said) say(lines[signal]);
  struct sigaction usual;
  memset(&usual, 0, sizeof usual);
  usual.sa_handler = SIG_DFL;
  sigaction(signal, &usual, 0);
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, signal);
  pthread_sigmask(SIG_UNBLOCK, &wanted, 0);
  raise(signal);
  errno = number;
}

static int is_of_speaker(const siginfo_t *info) {
  return speaker && info->si_code == SI_USER && info->si_pid == speaker;
}

static void end_at_once(int signal, siginfo_t *info, void *context) {
  (void)context;
  end(signal, is_of_speaker(info));
}

static void heed(int signal, siginfo_t *info, void *context) {
  if (!attended || heeded[signal]) {
    end_at_once(signal, info, context);
    return;
  }
  int number = errno;
  heeded[signal] = 1;
  noted = signal;
  if (is_of_speaker(info)) abandoned = 1;
  say(words[signal]);
  errno = number;
}

static void expire(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info, (void)context;
  if (overdue && !attended) end(overdue, 0);
}

static void note(int signal, siginfo_t *info, void *context) {
  (void)info, (void)context;
  noted = signal;
  if (!graces[signal]) return;
  overdue = signal;
  if (!attended) alarm(graces[signal]);
}

static int handle(int signal, void (*handler)(int, siginfo_t *, void *)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handler;
  action.sa_flags = SA_RESTART | SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  if (sigaction(signal, &action, 0)) return errno;
  // A parent may have started this process with the signal blocked.
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, signal);
  return pthread_sigmask(SIG_UNBLOCK, &wanted, 0);
}

static int keep_line(int signal, const char *line) {
  if (signal <= 0 || signal >= MOST_SIGNALS) return EINVAL;
  lines[signal] = strdup(line);
  return lines[signal] ? 0 : ENOMEM;
}

// As `handle`, unless the process was started to ignore the signal, as nohup, and & of a script, ask.
static int handle_unless_ignored(int signal, void (*handler)(int, siginfo_t *, void *)) {
  struct sigaction before;
  if (sigaction(signal, 0, &before)) return errno;
  return before.sa_handler == SIG_IGN ? 0 : handle(signal, handler);
}

int cprocess_note_signal(int signal, int grace_seconds, const char *line) {
  int code = keep_line(signal, line);
  if (code) return code;
  graces[signal] = (unsigned)grace_seconds;
  if (grace_seconds && (code = handle(SIGALRM, expire))) return code;
  return handle(signal, note);
}

int cprocess_end_on_signal(int signal, const char *line) {
  int code = keep_line(signal, line);
  return code ? code : handle_unless_ignored(signal, end_at_once);
}

int cprocess_heed_signal(int signal, const char *said, const char *line) {
  int code = keep_line(signal, line);
  if (code) return code;
  if (!(words[signal] = strdup(said))) return ENOMEM;
  return handle_unless_ignored(signal, heed);
}

void cprocess_leave_words_to(int process) { speaker = process; }

int cprocess_is_abandoned(void) { return abandoned; }

int cprocess_noted_signal(void) { return noted; }

void cprocess_attend(int is_attended) {
  attended = is_attended;
  if (is_attended)
    alarm(0);
  else if (overdue)
    alarm(graces[overdue]);
}
