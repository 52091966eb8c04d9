/// What a process needs of its machine that Swift cannot say: signal-safe flags and CPU features.
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

#endif
