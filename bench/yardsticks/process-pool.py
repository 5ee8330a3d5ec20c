# Reads a number of tasks from each line of stdin, answers with the µs that submit + result took for each, in processes.
import sys
import time
from concurrent.futures import ProcessPoolExecutor


def tiny(n):
    return n + 1


if __name__ == "__main__":
    with ProcessPoolExecutor(max_workers=2) as pool:
        for line in sys.stdin:
            count = int(line)
            start = time.perf_counter_ns()
            for n in range(count):
                pool.submit(tiny, n).result()
            print((time.perf_counter_ns() - start) / 1e3 / count, flush=True)
