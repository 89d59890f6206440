"""crowd.py N: a process of N threads that sleep."""
import sys
import threading

threading.stack_size(65536)
for _ in range(int(sys.argv[1]) - 1):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
threading.Event().wait()
