# Reads a number of threads from each line of stdin, answers with the median of the µs that start + join took.
import sys
import threading
import time
from statistics import median


def nothing():
    pass


def measure():
    start = time.perf_counter_ns()
    thread = threading.Thread(target=nothing)
    thread.start()
    thread.join()
    return (time.perf_counter_ns() - start) / 1e3


for line in sys.stdin:
    print(median(measure() for _ in range(int(line))), flush=True)
