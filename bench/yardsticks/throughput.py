# Reads a number of items from each line of stdin, answers with the ns per item from one thread to another through a Queue.
import queue
import sys
import threading
import time

q = queue.Queue()


def produce(times):
    for k in range(times):
        q.put(k)


for line in sys.stdin:
    times = int(line)
    thread = threading.Thread(target=produce, args=(times,))
    start = time.perf_counter_ns()
    thread.start()
    for _ in range(times):
        q.get()
    took = time.perf_counter_ns() - start
    thread.join()
    print(took / times, flush=True)
