# Reads a number of rounds from each line of stdin, answers with the ms that two threads took to share them on one dict.
import sys
import threading
import time

KEYS = 1024
table = {k: k for k in range(KEYS)}


def work(start, times):
    for k in range(times):
        key = (start + k * 7) & 1023
        table[key] = (table[key] + table[(key + 1) & 1023]) & 0xFFFF


for line in sys.stdin:
    times = int(line) // 2
    threads = [threading.Thread(target=work, args=(k * 512, times)) for k in range(2)]
    start = time.perf_counter_ns()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print((time.perf_counter_ns() - start) / 1e6, flush=True)
