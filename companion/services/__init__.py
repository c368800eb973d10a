"""The verbs: plain functions that take a session and an instant, and never commit."""
