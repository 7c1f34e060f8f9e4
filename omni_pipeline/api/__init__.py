"""Calls of REST APIs: `session.py` asks, `answer.py` reads what comes back, `pacing.py` waits."""
