# Reads a number of operations from each line of stdin, answers with the ms that two threads took to share them on one dict.
import sys
import threading
import time

table = {k: k for k in range(1024)}


def work(key, times):
    total = 0
    for k in range(times):
        key = (key * 1103515245 + 12345) & 0x7FFFFFFF
        if k % 10 == 0:
            table[(key >> 8) & 1023] = k
        else:
            total += table[(key >> 8) & 1023]


for line in sys.stdin:
    times = int(line) // 2
    threads = [threading.Thread(target=work, args=(k + 1, times)) for k in range(2)]
    start = time.perf_counter_ns()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print((time.perf_counter_ns() - start) / 1e6, flush=True)
