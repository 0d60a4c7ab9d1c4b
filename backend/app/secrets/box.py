"""Encrypt values for Postgres with AES-256-GCM under the keys of ``SECRETS_KEY``."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from app.deferred import Deferred, load
from app.errors import Conflict
from app.settings import Settings

if TYPE_CHECKING:
    from cryptography import exceptions
    from cryptography.hazmat.primitives.ciphers import aead
else:
    exceptions = Deferred("cryptography.exceptions")
    aead = Deferred("cryptography.hazmat.primitives.ciphers.aead")

#: The first byte of every sealed value, for a later format.
FORMAT = b"\x01"
#: Bytes of a key's id, which follows.
ID_BYTES = 8
#: Bytes of the nonce, which is random (NIST SP 800-38D, 8.2.2: at most 2**32 values under one key).
NONCE_BYTES = 12
HEADER_BYTES = len(FORMAT) + ID_BYTES + NONCE_BYTES
#: Bytes of the authentication tag at the end.
TAG_BYTES = 16
KEY_MISSING = (
    "SECRETS_KEY is not set, so no secret can be stored; set it to 32 random bytes in base64, as"
    " openssl rand -base64 32 prints, for the API and all workers, and restart them."
)


class DecryptionFailed(Conflict):
    """A sealed value that the keys of this process do not open."""


@dataclass(frozen=True)
class Key:
    """One key of 32 bytes."""

    raw: bytes = field(repr=False)

    @property
    def id(self) -> bytes:
        """Bytes by which sealed values name the key; the key cannot be computed from them."""
        return sha256(b"trigraph secrets key" + self.raw).digest()[:ID_BYTES]


@dataclass(frozen=True)
class SecretBox:
    """
    Seals values under the newest key, and opens what any of the keys has sealed.

    A sealed value is ``FORMAT``, the key's id, the nonce and the ciphertext with its tag. It opens only under the name
    that it was sealed for: the kind and the name of a thing, such as ``secret GITHUB`` or ``hook orders``. So a value
    that is copied to another row, or changed, does not open.
    """

    #: Newest first; empty: ``SECRETS_KEY`` is not set.
    keys: tuple[Key, ...] = ()

    @property
    def newest(self) -> Key:
        """Raises Conflict without a key."""
        if not self.keys:
            raise Conflict(KEY_MISSING)
        return self.keys[0]

    def seal(self, name: str, value: str) -> bytes:
        """The encrypted value. Raises Conflict without a key."""
        key, nonce = self.newest, os.urandom(NONCE_BYTES)
        return FORMAT + key.id + nonce + aead.AESGCM(key.raw).encrypt(nonce, value.encode(), name.encode())

    def open_sealed(self, name: str, data: bytes) -> str:
        """The value. Raises DecryptionFailed, which names the thing and the remedy."""
        if not self.keys:
            raise DecryptionFailed(
                f"The value of the {name} cannot be read, because SECRETS_KEY is not set; set it as it was when the"
                " value was stored, and restart."
            )
        sealed = bytes(data)
        if len(sealed) < HEADER_BYTES + TAG_BYTES or not sealed.startswith(FORMAT):
            raise _foreign_value(name)
        key = next((key for key in self.keys if key.id == key_id(sealed)), None)
        if key is None:
            raise DecryptionFailed(
                f"The value of the {name} was encrypted with the key {key_id(sealed).hex()}, which SECRETS_KEY does not"
                " have; add that key at the end of SECRETS_KEY, or store the value again."
            )
        nonce, ciphertext = sealed[HEADER_BYTES - NONCE_BYTES : HEADER_BYTES], sealed[HEADER_BYTES:]
        try:
            return aead.AESGCM(key.raw).decrypt(nonce, ciphertext, name.encode()).decode()
        except exceptions.InvalidTag:
            raise _foreign_value(name) from None


def _foreign_value(name: str) -> DecryptionFailed:
    return DecryptionFailed(f"The value of the {name} is not the one that was encrypted for it; store the value again.")


def key_id(sealed: bytes) -> bytes:
    """The id of the key with which a value was sealed."""
    return bytes(sealed[len(FORMAT) : len(FORMAT) + ID_BYTES])


def load_cipher() -> None:
    """Import the cipher, so that processes which are forked afterwards share it."""
    load(aead)


def make_box(settings: Settings) -> SecretBox:
    """The box with the keys of ``SECRETS_KEY``."""
    return SecretBox(tuple(Key(raw) for raw in settings.secrets_keys))
