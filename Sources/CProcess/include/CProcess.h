/// What a process needs of its machine that Swift cannot say: signal-safe flags, CPU features, and
/// closures that other threads call while they live on a stack.
#ifndef CPROCESS_H
#define CPROCESS_H

#include <stdint.h>

/// Notes every later `signal` instead of dying of it. With `grace_seconds` above 0, one that comes while nobody
/// attends, and that nobody has attended to so many seconds later, ends the process as `cprocess_end_on_signal`
/// does. Returns 0, or errno.
int cprocess_note_signal(int signal, int grace_seconds, const char *line);

/// From now on `signal` writes `line` to stderr, and the process dies of it. A signal that the process was started
/// to ignore stays ignored. Returns 0, or errno.
int cprocess_end_on_signal(int signal, const char *line);

/// The same of a `signal` that comes while nobody attends, and of every one after the first; the first that comes
/// while somebody attends is noted, and writes `said` to stderr.
int cprocess_heed_signal(int signal, const char *said, const char *line);

/// From now on a signal that `process` sends ends this one without a line: it says itself why it does.
void cprocess_leave_words_to(int process);

/// Whether that process has sent a signal that was noted: it will end this one soon.
int cprocess_is_abandoned(void);

/// The last noted signal, or 0.
int cprocess_noted_signal(void);

/// Says whether from now on somebody looks at `cprocess_noted_signal` again and again. Nobody does at first.
void cprocess_attend(int is_attended);

/// The x86-64 level whose instructions this CPU and its kernel offer: 4 (AVX-512), 3 (AVX2 and
/// fused multiply-add) or 1; 0 on another architecture.
int cprocess_x86_level(void);

/// Names the calling thread, for `top -H` (its first 15 bytes).
void cprocess_name_thread(const char *name);

/// The numbers of the hardware threads that the calling thread may run on, in order, the first `room` of them;
/// returns how many there are, or -1.
int cprocess_affinity(int *numbers, int room);

/// Keeps the calling thread to these hardware threads. 0, or -1 where the system refuses, or has none of them.
int cprocess_bind(const int *numbers, int count);

/// A Swift closure that does not escape, lent by `cprocess_lend`, which Swift alone can declare.
typedef struct cprocess_body cprocess_body;

/// Calls a lent closure.
void cprocess_call(const cprocess_body *body, long job, long thread);

/// Memory of `count` words, zero at first, that other processes of this user can look at where `is_shared`;
/// `descriptor` is what they find it by, or -1 where nothing is shared. NULL where there is no memory.
uint64_t *cprocess_share_words(long count, int is_shared, int *descriptor);

/// The words that another process of this user has shared, to be read alone unless `is_written`; NULL where they are
/// not to be had.
uint64_t *cprocess_shared_words(int process, int descriptor, long count, int is_written);

/// Gives words back that either of these has returned.
void cprocess_leave_words(const uint64_t *words, long count, int descriptor);

/// The word, with all that its writer wrote before it.
static inline uint64_t cprocess_load(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }

/// Writes the word, after all that was written before it.
static inline void cprocess_store(uint64_t *word, uint64_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

/// Nanoseconds of the clock that all processes of a host share and that nobody sets.
uint64_t cprocess_nanoseconds(void);

/// The state letter of a process as `ps` shows it (T: stopped, D: waiting for a disk); 0 where there is none.
char cprocess_state(int process);

#endif
