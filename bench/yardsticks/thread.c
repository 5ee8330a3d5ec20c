// Reads a number of threads from each line of stdin, answers with the median of the µs that pthread_create + join took.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static void *nothing(void *unused) { return unused; }

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(void) {
  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    long times = atol(line);
    double *took = malloc(times * sizeof *took);
    if (took == NULL) return 1;
    for (long k = 0; k < times; k++) {
      pthread_t thread;
      double start = now();
      if (pthread_create(&thread, NULL, nothing, NULL) != 0) return 1;
      pthread_join(thread, NULL);
      took[k] = now() - start;
    }
    qsort(took, times, sizeof *took, ascending);
    printf("%f\n", took[times / 2]);
    fflush(stdout);
    free(took);
  }
  return 0;
}
