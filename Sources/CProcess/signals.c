#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_SIGNALS = 65, LONGEST_LINE = 512 };

static volatile sig_atomic_t noted = 0;      // the last signal that was noted
static volatile sig_atomic_t overdue = 0;    // the noted signal that the alarm is set for
static volatile sig_atomic_t attended = 0;   // whether somebody looks at `noted`
static volatile pid_t speaker = 0;           // who says itself why it ends this process; 0: nobody
static unsigned graces[MOST_SIGNALS];        // seconds; 0: as long as it takes
static char lines[MOST_SIGNALS][LONGEST_LINE];

// All that handlers call is safe in a handler (signal-safety(7)).
static void end(int signal, int is_said) {
  int number = errno;
  struct pollfd errors = {.fd = STDERR_FILENO, .events = POLLOUT};
  if (!is_said && poll(&errors, 1, 0) == 1 && (errors.revents & POLLOUT)) {  // nobody may be reading
    ssize_t count = write(STDERR_FILENO, lines[signal], strlen(lines[signal]));
    (void)count;
  }
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

static void end_at_once(int signal, siginfo_t *info, void *context) {
  (void)context;
  end(signal, speaker && info->si_code == SI_USER && info->si_pid == speaker);
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
  snprintf(lines[signal], LONGEST_LINE, "%s", line);
  return 0;
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
  if (code) return code;
  struct sigaction before;
  if (sigaction(signal, 0, &before)) return errno;
  return before.sa_handler == SIG_IGN ? 0 : handle(signal, end_at_once);  // as nohup, and & of a script, ask
}

void cprocess_leave_words_to(int process) { speaker = process; }

int cprocess_noted_signal(void) { return noted; }

void cprocess_attend(int is_attended) {
  attended = is_attended;
  if (is_attended)
    alarm(0);
  else if (overdue)
    alarm(graces[overdue]);
}
