# Reads a number of rounds from each line of stdin, answers with the ns that one uncontended acquire + release took.
import sys
import threading
import time

lock = threading.Lock()


def measure(rounds):
    acquire, release = lock.acquire, lock.release
    start = time.perf_counter_ns()
    for _ in range(rounds):
        acquire()
        release()
    return (time.perf_counter_ns() - start) / rounds


for line in sys.stdin:
    print(measure(int(line)), flush=True)
