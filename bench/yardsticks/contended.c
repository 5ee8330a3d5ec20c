// Reads a number of increments from each line of stdin, answers with the ms that the threads took to do as many each: two, or as many
// as the first argument says.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST = 64 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile long counter;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void *count(void *times) {
  for (long k = (long)times; k > 0; k--) {
    pthread_mutex_lock(&mutex);
    counter++;
    pthread_mutex_unlock(&mutex);
  }
  return NULL;
}

int main(int argc, char **argv) {
  int crew = argc > 1 ? atoi(argv[1]) : 2;
  if (crew < 1 || crew > MOST) return 3;
  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    long times = atol(line);
    counter = 0;
    pthread_t threads[MOST];
    double start = now();
    for (int k = 0; k < crew; k++) if (pthread_create(&threads[k], NULL, count, (void *)times) != 0) return 1;
    for (int k = 0; k < crew; k++) pthread_join(threads[k], NULL);
    double took = now() - start;
    if (counter != crew * times) return 2;
    printf("%f\n", took);
    fflush(stdout);
  }
  return 0;
}
