// Reads a number of rounds from each line of stdin, answers with the ns that one uncontended lock + unlock took.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static void *idle(void *unused) {
  pthread_mutex_lock(&gate);
  return unused;
}

int main(void) {
  // glibc leaves the atomic instructions out while a process has one thread; who needs a mutex has two.
  pthread_t other;
  pthread_mutex_lock(&gate);
  if (pthread_create(&other, NULL, idle, NULL) != 0) return 1;
  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    long rounds = atol(line);
    double start = now();
    for (long k = 0; k < rounds; k++) {
      pthread_mutex_lock(&mutex);
      pthread_mutex_unlock(&mutex);
    }
    printf("%f\n", (now() - start) / rounds);
    fflush(stdout);
  }
  return 0;
}
