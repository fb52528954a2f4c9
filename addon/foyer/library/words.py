"""The words of all titles, kept so that a misspelt search finds what it meant.

Two words are one slip of the finger apart when leaving out one letter from each can make them equal: that covers a
wrong, missing, doubled or swapped letter. So every word is stored with each of its letters left out, and a lookup is a
handful of exact matches however many words there are.
"""

# ruff: noqa: S608 - every value is a placeholder; only constants of this room are formatted in

from __future__ import annotations

import sqlite3

from foyer.library.filters import marks
from foyer.library.titles import words

SHORTEST = 3
LONGEST = 30


def forms(word: str) -> set[str]:
    """A word, and the word with each letter left out."""
    return {word, *(word[:index] + word[index + 1 :] for index in range(len(word)))}


def learn_words(connection: sqlite3.Connection, text: str) -> None:
    """Add the words of a title. Inside a transaction on the writing connection."""
    wanted = {word for word in words(text) if SHORTEST <= len(word) <= LONGEST and not word.isdigit()}
    for word in sorted(wanted):
        row = connection.execute(
            "INSERT INTO search_word (word) VALUES (?) ON CONFLICT DO NOTHING RETURNING id", (word,)
        ).fetchone()
        if row is not None:
            connection.executemany(
                "INSERT OR IGNORE INTO search_typo (form, word_id) VALUES (?, ?)",
                [(form, row[0]) for form in forms(word)],
            )


def is_known(connection: sqlite3.Connection, word: str) -> bool:
    """Whether a title has a word that begins so."""
    row = connection.execute(
        "SELECT 1 FROM search_word WHERE word BETWEEN ? AND ? LIMIT 1", (word, f"{word}\U0010ffff")
    ).fetchone()
    return row is not None


def alike(connection: sqlite3.Connection, word: str, limit: int = 5) -> list[str]:
    """Known words a word may have been meant as, nearest first."""
    wanted = sorted(forms(word))
    rows = connection.execute(
        "SELECT DISTINCT w.word FROM search_typo t JOIN search_word w ON w.id = t.word_id "
        f"WHERE t.form IN ({marks(wanted)}) LIMIT 200",
        wanted,
    )
    found = [(distance(word, row[0]), abs(len(word) - len(row[0])), row[0]) for row in rows if row[0] != word]
    return [candidate for steps, _, candidate in sorted(found) if steps <= 2][:limit]


def distance(one: str, other: str) -> int:
    """Edits between two words, a swap of neighbours counting one (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, match in enumerate(other, 1):
            cost = min(last[column] + 1, line[column - 1] + 1, last[column - 1] + (letter != match))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == match:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, last = last, line
    return last[-1]
