# Reads which operation from each line of stdin (0 dict get, 1 dict set, 2 list index, 3 list append), answers with its ns.
import sys
import time

TURNS = 200_000
KEYS = 1024

table = {k: k for k in range(KEYS)}
row = list(range(KEYS))


def get():
    total = 0
    for k in range(TURNS):
        total += table[k & 1023]


def put():
    for k in range(TURNS):
        table[k & 1023] = k


def index():
    total = 0
    for k in range(TURNS):
        total += row[k & 1023]


def append():
    grown = []
    for k in range(TURNS):
        grown.append(k)


operations = [get, put, index, append]

for line in sys.stdin:
    operation = operations[int(line)]
    start = time.perf_counter_ns()
    operation()
    print((time.perf_counter_ns() - start) / TURNS, flush=True)
