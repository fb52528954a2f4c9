"""One SQLite file: Tortoise models for writing, hand-written migrations, and a read path of its own.

Exactly one connection writes (Tortoise's); any number of read-only connections read beside it (``foyer.db.reader``),
so that a long scan never makes a page wait.
"""
