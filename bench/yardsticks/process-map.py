# Reads a count of numbers from each line of stdin, answers with the ms that map() over them took, in two processes.
import sys
import time
from concurrent.futures import ProcessPoolExecutor


def half(n):
    return n / 2


if __name__ == "__main__":
    with ProcessPoolExecutor(max_workers=2) as pool:
        for line in sys.stdin:
            count = int(line)
            start = time.perf_counter_ns()
            for _ in pool.map(half, range(count), chunksize=1000):
                pass
            print((time.perf_counter_ns() - start) / 1e6, flush=True)
