"""Sealed values: opened with their key and for their name, and otherwise refused."""

from __future__ import annotations

import pytest

from app.errors import Conflict
from app.secrets.box import KEY_MISSING, DecryptionFailed, Key, SecretBox, key_id, make_box
from app.settings import Settings

OLD, NEW = Key(b"o" * 32), Key(b"n" * 32)
#: 32 times the byte ``o``, and ``n``.
OLD_TEXT, NEW_TEXT = "b29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb28=", "bm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm4="


@pytest.mark.parametrize("value", ["tok-4711", "pässword ✓", "", "x" * 10_000, "a\nb\x00c"])
def test_sealed_value_opens_again(value: str) -> None:
    box = SecretBox((NEW,))

    sealed = box.seal("secret A", value)

    assert box.open_sealed("secret A", sealed) == value
    assert value.encode() not in sealed or not value


def test_same_value_is_sealed_differently_each_time() -> None:
    box = SecretBox((NEW,))

    assert box.seal("secret A", "same value") != box.seal("secret A", "same value")


def test_every_changed_byte_is_noticed() -> None:
    box = SecretBox((NEW,))
    sealed = box.seal("secret A", "value")

    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(DecryptionFailed, match="secret A"):
            box.open_sealed("secret A", bytes(changed))


def test_truncated_value_is_refused() -> None:
    box = SecretBox((NEW,))
    sealed = box.seal("secret A", "value")

    for length in range(len(sealed)):
        with pytest.raises(DecryptionFailed):
            box.open_sealed("secret A", sealed[:length])


def test_value_of_another_row_is_refused() -> None:
    box = SecretBox((NEW,))
    sealed = box.seal("secret A", "value")

    with pytest.raises(DecryptionFailed) as refused:
        box.open_sealed("secret B", sealed)

    assert str(refused.value) == (
        "The value of the secret B is not the one that was encrypted for it; store the value again."
    )


def test_value_under_a_removed_key_names_thing_and_key() -> None:
    sealed = SecretBox((OLD,)).seal("hook orders", "value")

    with pytest.raises(DecryptionFailed) as refused:
        SecretBox((NEW,)).open_sealed("hook orders", sealed)

    assert str(refused.value) == (
        f"The value of the hook orders was encrypted with the key {OLD.id.hex()}, which SECRETS_KEY does not have;"
        " add that key at the end of SECRETS_KEY, or store the value again."
    )


def test_newest_key_seals_and_every_key_opens() -> None:
    box = SecretBox((NEW, OLD))
    old = SecretBox((OLD,)).seal("secret A", "old")
    new = box.seal("secret A", "new")

    assert (key_id(old), key_id(new)) == (OLD.id, NEW.id)
    assert [box.open_sealed("secret A", sealed) for sealed in (old, new)] == ["old", "new"]


def test_without_a_key_nothing_is_sealed_or_opened() -> None:
    sealed = SecretBox((NEW,)).seal("secret A", "value")
    box = make_box(Settings(secrets_key=""))

    with pytest.raises(Conflict) as refused:
        box.seal("secret A", "value")
    assert str(refused.value) == KEY_MISSING
    with pytest.raises(DecryptionFailed) as unread:
        box.open_sealed("secret A", sealed)
    assert str(unread.value) == (
        "The value of the secret A cannot be read, because SECRETS_KEY is not set; set it as it was when the value was"
        " stored, and restart."
    )


def test_box_has_the_keys_of_the_setting_in_order() -> None:
    box = make_box(Settings(secrets_key=f" {NEW_TEXT}, {OLD_TEXT},"))

    assert box.keys == (NEW, OLD)
    assert "nnnn" not in repr(box)
