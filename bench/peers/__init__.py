"""The same seven workloads, trained by this library and by others.

Each contestant is a function that makes a *loop* for a workload; a loop does so many epochs and says how long they
took. A contestant runs in a process of its own (``python -m peers``), which does rounds on command.
"""
