"""The words of memory that machine code and Python share about a program, of 8 bytes each."""

from __future__ import annotations

ARENA, FIRST, COUNT, RATES, RECORDS, ROWS, DONE = range(7)
SOURCES = 8  # from here on, the arrays that batches are gathered from
WORDS = 64
