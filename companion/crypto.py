"""Encryption of what identifies a person or could harm them (design 2.11), with several keys at once.

A value is `version | key id (4) | nonce (12) | AES-256-GCM`, bound to its table and column, so that a value
copied into another column does not open. A blind index is an HMAC under a random key of its own: it
lets a number be found without being readable.
"""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
KEY_BYTES = 32


class CannotOpen(Exception):
    """A stored value does not open with any key we hold."""


class Keyring:
    """The keys of one installation: the first one closes, every one may open."""

    def __init__(self, keys: tuple[bytes, ...] = ()):
        self._ciphers = {key_id(key): AESGCM(key) for key in keys}
        self.current = key_id(keys[0]) if keys else b""
        self.ids = tuple(self._ciphers)
        """Which keys we hold, in the order of DATA_KEYS."""

    def close(self, plain: bytes, place: str) -> bytes:
        if not self._ciphers:
            raise CannotOpen("no data key was given to this process")
        nonce = os.urandom(12)
        sealed = self._ciphers[self.current].encrypt(nonce, plain, place.encode())
        return VERSION + self.current + nonce + sealed

    def open(self, stored: bytes, place: str) -> bytes:
        cipher = self._ciphers.get(stored[1:5])
        if stored[:1] != VERSION or cipher is None:
            raise CannotOpen(f"a value of {place} was closed with a key we do not hold")
        try:
            return cipher.decrypt(stored[5:17], stored[17:], place.encode())
        except InvalidTag:
            raise CannotOpen(f"a value of {place} was damaged or moved") from None

    def is_current(self, stored: bytes) -> bool:
        return stored[1:5] == self.current


_ring = Keyring()


def use(keys: tuple[bytes, ...]) -> None:
    """Hand this process its keys; called once, where the parts meet.

    A module-level ring, because column types meet their values without any session in sight.
    """
    global _ring
    _ring = Keyring(keys)


def ring() -> Keyring:
    return _ring


def key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"companion key id" + key).digest()[:4]


def names(ids) -> str:
    """Key ids as people read them and write them beside a key: eight hexadecimal digits each."""
    return ", ".join(sorted(one.hex() for one in ids))


def new_key() -> str:
    """A fresh data key as it stands in DATA_KEYS: 32 random bytes, url-safe base64, shell-safe."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode().rstrip("=")


def blind(key: bytes, value: str) -> bytes:
    """The index under which a value is found without being stored in the clear."""
    return hmac.new(key, value.encode(), hashlib.sha256).digest()


def token(length: int = 12) -> str:
    """A random name for a link or a reference: [A-Za-z0-9_-], 6 bits a character.

    No hyphen at its ends: a phone that finds a link in a text ends it at the last letter (Android's pattern for web
    addresses, at a word boundary), and a spreadsheet takes a hyphen at the beginning for a formula.
    """
    while True:
        made = base64.urlsafe_b64encode(os.urandom(length)).decode()[:length]
        if "-" not in (made[0], made[-1]):
            return made
