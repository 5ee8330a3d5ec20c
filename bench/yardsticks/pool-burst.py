# Reads a number of tasks from each line of stdin, answers with the ms until all of them, submitted at once, were done.
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait


def tiny(n):
    return n + 1


with ThreadPoolExecutor(max_workers=2) as pool:
    for line in sys.stdin:
        count = int(line)
        start = time.perf_counter_ns()
        wait([pool.submit(tiny, n) for n in range(count)])
        print((time.perf_counter_ns() - start) / 1e6, flush=True)
