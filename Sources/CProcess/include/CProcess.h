/// What a process needs of its machine that Swift cannot say: signal-safe flags, CPU features, and
/// closures that other threads call while they live on a stack.
#ifndef CPROCESS_H
#define CPROCESS_H

/// Notes every later `signal` instead of dying of it. Returns 0, or errno.
int cprocess_note_signal(int signal);

/// The last noted signal, or 0.
int cprocess_noted_signal(void);

/// The x86-64 level whose instructions this CPU and its kernel offer: 4 (AVX-512), 3 (AVX2 and
/// fused multiply-add) or 1; 0 on another architecture.
int cprocess_x86_level(void);

/// Cores in the affinity mask of this process, or -1.
int cprocess_affinity_cores(void);

/// A Swift closure that does not escape, lent by `cprocess_lend`, which Swift alone can declare.
typedef struct cprocess_body cprocess_body;

/// Calls a lent closure.
void cprocess_call(const cprocess_body *body, long job, long thread);

#endif
