# Ten threads that wait, and a main thread that joins them; says so once and waits to be killed.
import queue
import threading

lock = threading.Lock()
event = threading.Event()
condition = threading.Condition()
items = queue.Queue()
lock.acquire()


def on_condition():
    with condition:
        condition.wait()


waits = [lock.acquire, event.wait, on_condition, items.get]
threads = [threading.Thread(target=waits[k % len(waits)], daemon=True) for k in range(10)]
for thread in threads:
    thread.start()
print("waiting", flush=True)
threads[0].join()
