// Reads a number of round trips from each line of stdin, answers with the median of their µs: two threads that wake each other.
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_int there, back;
static long times;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static void await(atomic_int *word) {
  while (atomic_load(word) == 0) syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
  atomic_store(word, 0);
}

static void wake(atomic_int *word) {
  atomic_store(word, 1);
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *answer(void *unused) {
  for (long k = 0; k < times; k++) {
    await(&there);
    wake(&back);
  }
  return unused;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(void) {
  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    times = atol(line);
    double *took = malloc(times * sizeof *took);
    pthread_t thread;
    if (took == NULL || pthread_create(&thread, NULL, answer, NULL) != 0) return 1;
    for (long k = 0; k < times; k++) {
      usleep(1000);  // both are asleep then
      double start = now();
      wake(&there);
      await(&back);
      took[k] = now() - start;
    }
    pthread_join(thread, NULL);
    qsort(took, times, sizeof *took, ascending);
    printf("%f\n", took[times / 2]);
    fflush(stdout);
    free(took);
  }
  return 0;
}
