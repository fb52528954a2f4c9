"""The typed event bus with its journal: snapshot first, then events with increasing sequence numbers."""
