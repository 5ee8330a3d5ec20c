# Answers with the ms that importing Python's counterparts of the library takes in a fresh interpreter.
import time

start = time.perf_counter_ns()
import concurrent.futures.thread  # noqa: E402
import queue  # noqa: E402,F401
import threading  # noqa: E402,F401

print((time.perf_counter_ns() - start) / 1e6)
