"""Passwords and PINs. Argon2id at 19 MiB, 2 passes: OWASP's smallest, 24 ms here (tech.md 0)."""

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)

# Somebody unknown costs as much time as somebody known, so that the answer's delay tells nothing.
NOBODY = _hasher.hash("nobody has this password")


def hash(password: str) -> str:
    return _hasher.hash(password)


def matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False
