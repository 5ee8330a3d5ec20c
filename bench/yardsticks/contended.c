// Reads a number of increments from each line of stdin, answers with the ms that two threads took to do as many each.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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

int main(void) {
  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    long times = atol(line);
    counter = 0;
    pthread_t threads[2];
    double start = now();
    for (int k = 0; k < 2; k++) if (pthread_create(&threads[k], NULL, count, (void *)times) != 0) return 1;
    for (int k = 0; k < 2; k++) pthread_join(threads[k], NULL);
    double took = now() - start;
    if (counter != 2 * times) return 2;
    printf("%f\n", took);
    fflush(stdout);
  }
  return 0;
}
