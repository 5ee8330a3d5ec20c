# Reads a number of increments from each line of stdin, answers with the ms that two threads took to do as many each.
import sys
import threading
import time

lock = threading.Lock()
counter = 0


def count(times):
    global counter
    for _ in range(times):
        with lock:
            counter += 1


for line in sys.stdin:
    times = int(line)
    counter = 0
    threads = [threading.Thread(target=count, args=(times,)) for _ in range(2)]
    start = time.perf_counter_ns()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = (time.perf_counter_ns() - start) / 1e6
    assert counter == 2 * times
    print(took, flush=True)
