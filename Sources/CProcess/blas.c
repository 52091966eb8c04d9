// OpenBLAS asks this while it is loaded, before any line of the program runs, and starts as many threads less
// one. One answers it here: a program's own definition goes before a shared library's. Threads that cannot be
// started would otherwise end the process by OpenBLAS's own SIGINT, and nothing here ever gives them work.
int openblas_num_threads_env(void) { return 1; }
