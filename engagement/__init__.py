"""Customer engagement scores, exact and explained."""

import os

# One thread of arithmetic a process, before NumPy is loaded: workers are processes, and threads that wait for each
# other on a busy machine made a run three times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
