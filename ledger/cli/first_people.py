"""The people of a new ledger: who is asked for by `init --with`, their keys, their enrolment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from ledger import api
from ledger.cli.key_files import own_or_new_key
from ledger.cli.session import Session
from ledger.errors import Conflict, InputError

People: TypeAlias = Mapping[str, tuple["api.Role", ...]]  # actor -> roles
_ROLES: Final[tuple[api.Role, ...]] = ("admin", "recorder", "reviewer")
_CONTENT: Final = frozenset({"recorder", "reviewer"})
_HINT: Final = "write --with recorder=SLUG,reviewer=SLUG"


def parse_people(text: str | None, founder: str, *, four_eyes: bool) -> People:
    """Return who is to be enrolled with which roles, from ``recorder=sana,reviewer=omar``.

    Raises InputError for another text, the founder, or people who could not approve anything.
    """
    found: dict[str, tuple[api.Role, ...]] = {}
    for part in (text or "").split(",") if text is not None else ():
        word, sign, slug = (piece.strip() for piece in part.partition("="))
        role = next((one for one in _ROLES if one == word), None)
        if role is None or not sign or not slug:
            raise InputError(f"--with: {part!r} is not ROLE=SLUG", hint=_HINT)
        found[slug] = tuple(dict.fromkeys((*found.get(slug, ()), role)))
    if founder in found:
        raise InputError(
            f"--with: {founder} founds the ledger and is its administrator",
            hint="under four eyes an administrator records and reviews nothing: name others"
            if four_eyes
            else "with --review none the founder also records: name others",
        )
    if four_eyes:
        _check_two_pairs(found)
    return found


def _check_two_pairs(found: People) -> None:
    for slug, roles in found.items():
        if "admin" in roles and _CONTENT.intersection(roles):
            raise InputError(
                f"--with: under four eyes {slug} can't be both admin and {roles[-1]}", hint=_HINT
            )
    content = [slug for slug, roles in found.items() if _CONTENT.intersection(roles)]
    if len(content) == 1 and set(found[content[0]]) == _CONTENT:
        raise InputError(
            f"--with: {content[0]} would have nobody to approve what they record", hint=_HINT
        )


def signers_of(
    session: Session, people: People, *, founder: api.Signer, actor: str
) -> dict[str, api.Signer]:
    """Return the signers of these people, each made where there is none.

    On a terminal each is asked for a passphrase of their own; a passphrase that was handed over in
    another way opens all of these keys.

    Raises Conflict where two have the same key, InputError where no passphrase can be had, and what
    ``Session.signer`` raises.
    """
    owners = {founder.keyid: actor}
    found: dict[str, api.Signer] = {}
    for slug in people:
        signer = own_or_new_key(session.of_another(slug), slug)
        if (other := owners.setdefault(signer.keyid, slug)) != slug:
            raise Conflict(
                f"--with: {other} and {slug} have the same key, {signer.keyid}",
                hint=f"move the key file of {slug} away, and a new key is made",
            )
        found[slug] = signer
    return found


def enroll_people(
    ledger: api.Ledger,
    people: People,
    signers: Mapping[str, api.Signer],
    *,
    founder: api.Signer,
    actor: str,
) -> None:
    """Enrol these people, each with their key. Raises what ``Actors.enroll`` raises."""
    for slug, roles in people.items():
        request = ledger.actors.key_request(signers[slug], slug)
        ledger.actors.enroll(request, founder, actor=actor, roles=roles)
