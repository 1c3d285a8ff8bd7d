#!/usr/bin/env python3
r"""An independent verifier of published regledger logs, in one file that can be read in full.

    python verifier.py DIRECTORY|PACK.zip [--key VKEY]... [--ledger ID] [--founder FINGERPRINT]
                       [--policy FILE]

Needs Python 3.11 and the package ``cryptography`` (50 or newer), nothing else; it shares no code
with regledger. It checks a published directory, or an evidence pack, and prints what it found.
At least one of --key (a log key), --ledger (the ledger id) or --founder (hex id of the founder's
key) must come from somewhere else than the log: without it the log may be consistent, and nobody
knows whose it is. A pack needs every key that the log had then.

What it checks, in order of the entries; the first that fails is reported with its layer:
canonical (RFC 8785 under limits), format, seq, prev, recorded_at, ledger, key (enrolled, in force,
with the role its act needs), signature (DSSE), leaf and tiles (RFC 6962, C2SP tlog-tiles),
checkpoint (both log signatures, C2SP signed-note), cosignature (with --policy), disclosure
(RFC 9901), evidence, trust; of an evidence pack also tree. It does not replay the rules about
claims: regledger does. Whatever nothing vouches for is listed as "not authenticated".

Whoever made the directory may be hostile: only plain files are read, none further than what may
stand in it, links to directories are not followed, and what is printed is ASCII.

Exit status: 0 verified and authenticated; 1 not verified; 2 usage, an option that cannot be used;
3 nothing there, or consistent but not authenticated. Ctrl-C ends it at once.
"""

import argparse
import base64
import binascii
import datetime
import hashlib
import io
import json
import os
import re
import signal
import stat
import struct
import sys
import unicodedata
import zipfile
from pathlib import Path

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import (
        Encoding, PublicFormat, load_der_public_key)
except ImportError as missing:
    print(f"NOTHING VERIFIED: install the Python package cryptography, 50 or newer ({missing})")
    sys.exit(3)

ZERO = "0" * 64
EVENT, KEY = "application/vnd.regledger.event+json", "application/vnd.regledger.key+json"
STAMP = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z", re.ASCII)
FORMS = {  # of an event's members
    "actor": re.compile(r"[a-z0-9][a-z0-9._-]{0,62}"),
    "id": re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    "ledger": re.compile(r"[0-9a-f]{64}"),
    "type": re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+"),
}
# y of the points of small order, in every encoding: a signature under them fits many messages.
SMALL_ORDER = {bytes.fromhex(y) for y in (
    "00" * 32, "01" + "00" * 31,
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ec" + "ff" * 30 + "7f", "ed" + "ff" * 30 + "7f", "ee" + "ff" * 30 + "7f")}
NUMBER = re.compile(rb"0|[1-9][0-9]{0,19}")
# Bytes that may stand in a file; of a bundle 256 entries, each after two bytes of length.
NOTE, POLICY, BUNDLE, EVIDENCE, PACK = 1 << 20, 1 << 18, 256 * (2 + 65535), 1 << 26, (1 << 28) + (1 << 20)
NO_WAIT = getattr(os, "O_NONBLOCK", 0)
PARTS = {"disclosures": "disclosure", "evidence": "evidence", "tile": "tiles",
         "timestamps": "time_stamp"}  # of a directory, and the layer of what is wrong there
LISTED = 100  # files that nothing vouches for; the others are counted
# Which of these roles an event needs; what is not named here needs none that is checked.
ROLES = {
    **dict.fromkeys(("taxonomy.adopted", "policy.changed", "log.keys_changed", "actor.enrolled",
                     "actor.role_granted", "actor.role_revoked"), {"admin"}),
    **dict.fromkeys(("claim.recorded", "claim.corrected", "claim.retracted", "body.defined",
                     "activity.defined", "actor_class.defined", "jurisdiction.defined",
                     "profile.defined"), {"recorder"}),
    "claim.disputed": {"recorder", "reviewer"},
    "event.reviewed": {"reviewer"},
}


class Bad(Exception):
    """Something does not verify: in which layer, at which entry, and what."""

    def __init__(self, layer, message, seq=None):
        super().__init__(message)
        self.layer, self.message, self.seq = layer, message, seq


def need(condition, layer, message, seq=None):
    if not condition:
        raise Bad(layer, message, seq)


# --- bytes ---------------------------------------------------------------------------------------


def unbase64(text, layer, *, url=False):
    """Decode base64 in its one spelling: decoding alone would take junk and stray bits."""
    try:
        raw = text.encode("ascii")
        data = base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4)) if url else (
            base64.b64decode(raw, validate=True))
    except (ValueError, binascii.Error):
        raise Bad(layer, "not base64") from None
    again = base64.urlsafe_b64encode(data).rstrip(b"=") if url else base64.b64encode(data)
    need(again == raw, layer, "base64 in another spelling than the one accepted")
    return data


def canonical(value, depth=0):
    """RFC 8785 under limits: sorted ASCII names, no floats, 53-bit integers, NFC, 16 levels."""
    need(depth < 16 or not isinstance(value, list | dict), "canonical", "nested too deeply")
    if value is None or isinstance(value, bool | str):
        need(not isinstance(value, str) or unicodedata.is_normalized("NFC", value), "canonical",
             "text that is not in normalisation form C")
        # As RFC 8785 3.2.2.2 has it: control characters, quote and backslash are escaped, no more.
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        need(abs(value) < 1 << 53, "canonical", "an integer beyond 2^53")
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(canonical(one, depth + 1) for one in value) + "]"
    need(isinstance(value, dict), "canonical", "a number that is not an integer")
    for name in value:
        need(re.fullmatch(r"[a-z_][a-z0-9_]*", name, re.ASCII), "canonical", f"member {name!r}")
    members = (f'"{name}":{canonical(value[name], depth + 1)}' for name in sorted(value))
    return "{" + ",".join(members) + "}"


def read_json(data, layer="canonical"):
    """Parse, encode again, compare: so there is exactly one spelling."""
    try:
        value = json.loads(data.decode("utf-8"))
        same = canonical(value).encode("utf-8") == data
    except (ValueError, RecursionError):
        raise Bad(layer, "not JSON in UTF-8") from None
    need(same, layer, "JSON in another spelling than the canonical one")
    return value


def real(stamp):
    """Whether this day and time exist."""
    try:
        return bool(datetime.datetime.fromisoformat(stamp))
    except ValueError:
        return False


def sha(data):
    return hashlib.sha256(data).digest()


def node(left, right):
    return sha(b"\x01" + left + right)


def root_of(hashes):
    """RFC 6962 section 2.1, bottom up: pairs are joined, an odd last one moves up as it is."""
    if not hashes:
        return sha(b"")
    while len(hashes) > 1:
        odd = hashes[-1:] if len(hashes) % 2 else []
        hashes = [node(*hashes[i : i + 2]) for i in range(0, len(hashes) - 1, 2)] + odd
    return hashes[0]


def pae(kind, body):
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(body), body)


def check_signature(scheme, public, sig, message):
    """``public`` is base64 of a DER SubjectPublicKeyInfo."""
    der = unbase64(public, "key")
    try:
        key = load_der_public_key(der)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Bad("key", "not a public key") from None
    # A point that is written compressed would give the same key another id.
    again = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    need(again == der, "key", "a public key in another spelling than the one accepted")
    try:
        if scheme == "ed25519" and isinstance(key, ed25519.Ed25519PublicKey):
            raw = der[-32:-1] + bytes([der[-1] & 0x7F])  # the top bit is the sign of x
            need(raw not in SMALL_ORDER, "key", "a public key of small order")
            key.verify(sig, message)
        elif scheme == "ecdsa-sha2-nistp256" and isinstance(key, ec.EllipticCurvePublicKey):
            need(key.curve.name == "secp256r1", "key", "another curve than P-256")
            key.verify(sig, message, ec.ECDSA(SHA256()))
        else:
            raise Bad("signature", f"a key that is not of scheme {scheme}")
    except InvalidSignature:
        raise Bad("signature", "the signature does not verify") from None
    return sha(der).hex()


# --- checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature) -----------------------------


def read_vkey(text, layer="trust"):
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    blob = unbase64(encoded, layer)
    fits = name.isprintable() and " " not in name and blob
    fits = fits and len(blob) == {1: 33, 4: 33, 6: 1313}.get(blob[0])
    need(name and fits, layer, f"not a verifier key: {text[:40]!r}")
    need(sha(name.encode() + b"\n" + blob)[:4].hex() == key_id, layer, "the key id is wrong")
    return name, bytes.fromhex(key_id), blob[0], blob[1:]


def check_line(vkey, blob, text, checkpoint):
    """Check one signature line; return its time in seconds, or None for a type without."""
    name, _, kind, public = vkey
    origin, size, root = checkpoint
    at = None if kind == 1 else int.from_bytes(blob[:8], "big")
    try:
        if kind == 1:
            ed25519.Ed25519PublicKey.from_public_bytes(public).verify(blob, text)
        elif kind == 4:
            message = b"cosignature/v1\ntime %d\n" % at + text
            ed25519.Ed25519PublicKey.from_public_bytes(public).verify(blob[8:], message)
        else:
            who, log = name.encode(), origin.encode()
            message = (b"subtree/v1\n\0" + bytes([len(who)]) + who + at.to_bytes(8, "big")
                       + bytes([len(log)]) + log + bytes(8) + size.to_bytes(8, "big") + root)
            mldsa.MLDSA44PublicKey.from_public_bytes(public).verify(blob[8:], message)
    except (InvalidSignature, ValueError):
        raise Bad("checkpoint", f"the signature of {name} does not verify") from None
    return at


def read_note(data):
    """Return the signed text, (origin, size, root), and the signature lines as (name, bytes)."""
    need(not re.search(rb"[\x00-\x09\x0b-\x1f]", data), "checkpoint", "a control character")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise Bad("checkpoint", "not UTF-8") from None
    at = data.rfind(b"\n\n")  # the last empty line parts text and signatures
    need(at > 0 and data.endswith(b"\n"), "checkpoint", "not a signed note")
    text, lines = data[: at + 1], []
    parts = text.split(b"\n")
    need(len(parts) == 4 and not parts[3], "checkpoint", "not origin, size and root")
    need(NUMBER.fullmatch(parts[1]) and int(parts[1]) < 1 << 64, "checkpoint",
         "the size is not a plain decimal number of 64 bits")
    root = unbase64(parts[2].decode("utf-8"), "checkpoint")
    need(len(root) == 32, "checkpoint", "the root has not 32 bytes")
    for line in data[at + 2 : -1].split(b"\n"):
        match = re.fullmatch("\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)", line.decode())
        need(match and match[1].isprintable(), "checkpoint", "a line that is no signature line")
        lines.append((match[1], unbase64(match[2], "checkpoint")))
    return text, (parts[0].decode(), int(parts[1]), root), lines


def signers(note, keys):
    """Return which of these keys signed; a line of one of them that is bad is an error."""
    text, found, lines = note
    good = set()
    for name, blob in lines:
        for key in [key for key in keys if key[:2] == (name, blob[:4])][:1]:
            need(key not in good, "checkpoint", "two lines of one key")
            check_line(key, blob[4:], text, found)
            good.add(key)
    return good


def check_note(note, log_keys, policy):
    """Demand a good line of every key of the log, and with a policy its quorum of witnesses;
    return how many lines there are by others, which nobody checked."""
    _, (origin, _, _), lines = note
    need(log_keys, "checkpoint", "no log key to check it with")
    good = signers(note, log_keys)
    for key in log_keys:
        need(key[0] == origin, "checkpoint", f"a checkpoint of {origin}, not of {key[0]}")
        need(key in good, "checkpoint", f"no signature of the log's key {key[1].hex()}")
    own = {key[:2] for key in log_keys}
    need(all(name != origin or (name, blob[:4]) in own for name, blob in lines), "checkpoint",
         "a line named as the log, by an unknown key")
    witnesses = policy[1].values() if policy else ()
    if policy:
        need(not policy[0] or set(policy[0]) & set(log_keys), "cosignature",
             "the policy is about other logs: it names no key of this one")
        public = {key[3] for key in log_keys}  # a log does not vouch for itself, under any name
        check_policy(policy, {key for key in signers(note, witnesses) if key[3] not in public})
    own |= {key[:2] for key in witnesses}
    return sum((name, blob[:4]) not in own for name, blob in lines)


def read_policy(data, layer):
    """C2SP tlog-policy: keys of logs, witnesses (name -> key), groups (name -> least, members)
    and the quorum's name. No key and no member may count twice, or one witness would be two."""
    logs, witnesses, groups, quorums, members = [], {}, {}, [], []
    need(data.decode("utf-8", "ignore").encode() == data, layer, "a policy that is not UTF-8")
    need(not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", data), layer, "a control character")
    need(data.endswith(b"\n"), layer, "a policy whose last line does not end in a line feed")
    for line in data.decode("utf-8").split("\n"):
        items = re.findall("[^ \t]+", line)
        items = [] if items and items[0].startswith("#") else items
        new = len(items) > 1 and items[1] not in {"none", *witnesses, *groups}
        match items:
            case []:
                continue
            case ["log", vkey] | ["log", vkey, _]:
                logs.append(read_vkey(vkey, layer))
                need(logs[-1][2] != 4, layer, "the key of a witness stands for a log")
                need(logs[-1][3] not in {one[3] for one in logs[:-1]}, layer, "a key twice")
            case ["witness", name, vkey] | ["witness", name, vkey, _] if new:
                key = read_vkey(vkey, layer)
                need(key[2] != 1, layer, f"the key of witness {name} is one of a log")
                need(key[3] not in {one[3] for one in witnesses.values()}, layer, "a key twice")
                witnesses[name] = key
            case ["group", name, least, *of] if new and of:
                need(set(of) <= witnesses.keys() | groups.keys(), layer, f"members of {name}")
                members += of
                least = {"any": "1", "all": str(len(of))}.get(least, least)
                need(NUMBER.fullmatch(least.encode()) and 1 <= int(least) <= len(of), layer,
                     f"the threshold of {name}")
                groups[name] = (int(least), of)
            case ["quorum", _] if not new:
                quorums.append(items[1])
            case _:
                raise Bad(layer, f"a line of the policy: {line[:60]!r}")
    need(len(members) == len(set(members)), layer, "a name is in two groups, or twice in one")
    need(len(quorums) == 1, layer, "not exactly one quorum line")
    need({key[3] for key in logs}.isdisjoint(key[3] for key in witnesses.values()), layer,
         "a key of a log stands for a witness: it would vouch for itself")
    return logs, witnesses, groups, quorums[0]


def check_policy(policy, cosigned):
    """Is the quorum met by these witnesses' keys?"""
    _, witnesses, groups, quorum = policy
    holding = {name for name, key in witnesses.items() if key in cosigned}
    for name, (least, of) in groups.items():
        holding |= {name} if sum(member in holding for member in of) >= least else set()
    need(quorum != "none", "cosignature", "the policy asks for no witness")
    need(quorum in holding, "cosignature", f"the quorum {quorum} is not met")


# --- entries -------------------------------------------------------------------------------------


class Log:
    """What follows from the entries so far: the chain, and who may sign."""

    def __init__(self):
        self.size, self.prev, self.time, self.ledger = 0, ZERO, "", ZERO
        self.founder, self.keys, self.roles, self.log_keys = "", {}, {}, []
        self.digests = {}  # of disclosures -> seq
        self.evidence, self.events = set(), set()

    def add(self, data):
        seq = self.size
        try:
            self._add(data, seq)
        except Bad as bad:
            raise Bad(bad.layer, bad.message, seq) from None
        except (KeyError, TypeError, AttributeError, ValueError):
            raise Bad("schema", "a member is missing or has the wrong form", seq) from None
        self.size += 1
        self.prev = sha(b"\x00" + data).hex()

    def _add(self, data, seq):
        entry = read_json(data)
        names = {"event", "format", "prev", "recorded_at", "seq", "signatures"}
        need(isinstance(entry, dict) and set(entry) == names, "format", "members of the entry")
        event, sigs = entry["event"], entry["signatures"]
        names = {"actor", "data", "id", "ledger", "made_at", "type", "version"}
        need(isinstance(event, dict) and set(event) == names, "format", "members of the event")
        need(entry["format"] == 1 and entry["format"] is not True, "format", "unknown format")
        need(isinstance(sigs, list) and len(sigs) == 1, "format", "not exactly one signature")
        need(set(sigs[0]) == {"keyid", "sig"}, "format", "members of the signature")
        need(entry["seq"] == seq and type(entry["seq"]) is int, "seq", f"says {entry['seq']}")
        need(entry["prev"] == self.prev, "prev", "does not continue the entry before")
        for stamp in (entry["recorded_at"], event["made_at"]):
            need(STAMP.fullmatch(stamp) and real(stamp), "format", "not a time as it is spelled")
        for name, form in FORMS.items():
            fits = isinstance(event[name], str) and form.fullmatch(event[name])
            need(fits, "format", f"{name} of the event in another form")
        need(type(event["version"]) is int and event["version"] >= 1, "format", "the version")
        need(isinstance(event["data"], dict), "format", "data that are no object")
        need(entry["recorded_at"] >= self.time, "recorded_at", "earlier than the entry before")
        need(event["ledger"] == self.ledger, "ledger", "an event of another ledger")
        payload = canonical(event).encode()
        if seq == 0:
            need(event["type"] == "ledger.created", "format", "the first event creates no ledger")
            self._create(event, sigs[0]["keyid"])
        owner, scheme, public = self.keys.get(sigs[0]["keyid"], (None, None, None))
        need(owner is not None, "key", "the key was never enrolled, or is in force no more")
        need(owner == event["actor"], "key", "the key belongs to somebody else")
        keyid = check_signature(
            scheme, public, unbase64(sigs[0]["sig"], "format"), pae(EVENT, payload))
        need(keyid == sigs[0]["keyid"], "key", "the key id is not that of the key")
        need(event["id"] not in self.events, "rules", "an event that stands in the log already")
        self.events.add(event["id"])
        if seq == 0:
            self.ledger, self.founder = sha(payload).hex(), keyid
        else:
            self._role(event)
            self._apply(event["type"], event["data"])
        self.time = entry["recorded_at"]
        self._refer(event["data"], seq)

    def _create(self, event, keyid):
        data = event["data"]
        admin = data["admin"]
        need(admin["actor"] == event["actor"], "key", "the founder is somebody else")
        self.keys[keyid] = (admin["actor"], admin["scheme"], admin["public_key"])
        roles = {"admin", "recorder", "reviewer"} if data["review"] == "none" else {"admin"}
        self.roles[admin["actor"]] = roles
        self.log_keys = [read_vkey(text) for text in data["log_keys"]]

    def _role(self, event):
        kind, data = event["type"], event["data"]
        needed, mine = ROLES.get(kind), self.roles.get(event["actor"], set())
        if kind == "event.reviewed" and data["decision"] == "withdraw":
            return  # by its author, whatever roles are left
        if kind in ("actor.key_rotated", "actor.key_revoked"):
            owner = data["actor"] if kind == "actor.key_rotated" else self.keys.get(
                data["keyid"], [event["actor"]])[0]
            needed = None if owner == event["actor"] else {"admin"}
        if needed is not None and not needed & mine:
            raise Bad("rules", f"{kind} by somebody who is not {' or '.join(sorted(needed))}")

    def _apply(self, kind, data):
        if kind in ("actor.enrolled", "actor.key_rotated"):
            body = {"actor": data["actor"], "ledger": self.ledger, "public_key": data["public_key"]}
            proof = unbase64(data["proof"], "key")
            keyid = check_signature(
                data["scheme"], data["public_key"], proof, pae(KEY, canonical(body).encode()))
            self.keys = {k: v for k, v in self.keys.items() if v[0] != data["actor"]}
            self.keys[keyid] = (data["actor"], data["scheme"], data["public_key"])
            self.roles.setdefault(data["actor"], set())
        elif kind == "actor.key_revoked":
            self.keys.pop(data["keyid"], None)
        elif kind in ("actor.role_granted", "actor.role_revoked"):
            need(data["actor"] in self.roles, "rules", "a role of somebody who is not enrolled")
            mine = self.roles[data["actor"]]
            mine.add(data["role"]) if kind == "actor.role_granted" else mine.discard(data["role"])
        elif kind == "log.keys_changed":
            self.log_keys = [read_vkey(text) for text in data["log_keys"]]

    def _refer(self, value, seq):
        """Note the digests of disclosures and evidence, wherever they stand."""
        for name, member in value.items() if isinstance(value, dict) else enumerate(value):
            if name == "_sd":
                self.digests.update(dict.fromkeys(member, seq))
            elif name == "evidence" and isinstance(member, dict):
                self.evidence.add(member["sha256"])
            elif isinstance(member, dict | list):
                self._refer(member, seq)


# --- a published directory -----------------------------------------------------------------------


def groups(index):
    text = f"{index % 1000:03d}"
    while index := index // 1000:
        text = f"x{index % 1000:03d}/{text}"
    return text


def read(path, limit, layer, seq=None, name=None):
    """Return the bytes of a plain file: a pipe or device would be waited for or read for ever."""
    name = name or path
    try:
        with open(path, "rb", opener=lambda at, flags: os.open(at, flags | NO_WAIT)) as file:
            need(stat.S_ISREG(os.fstat(file.fileno()).st_mode), layer, f"{name} is no file", seq)
            data = file.read(limit + 1)
    except FileNotFoundError:
        raise Bad(layer, f"{name} is missing", seq) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Bad(layer, f"{name} cannot be read: {reason}", seq) from None
    need(len(data) <= limit, layer, f"{name} has more than {limit} bytes", seq)
    return data


def tile_name(level, index, width):
    return f"tile/{level}/{groups(index)}" + (f".p/{width}" if width < 256 else "")


def entries_of(folder, size):
    """Yield the entries, bundle by bundle: two bytes of length, then the bytes."""
    for start in range(0, size, 256):
        width = min(256, size - start)
        name = tile_name("entries", start // 256, width)
        data, at = read(folder / name, BUNDLE, "tiles", start, name), 0
        for n in range(width):
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            need(at + 2 <= end <= len(data), "tiles", f"{name} ends too early", start + n)
            yield data[at + 2 : end]
            at = end
        need(at == len(data), "tiles", f"{name} has more than its {width} entries",
             start + width - 1)


def leaves_of(folder, size):
    """Yield the published leaf hashes, tile by tile."""
    for start in range(0, size, 256):
        width = min(256, size - start)
        name = tile_name(0, start // 256, width)
        data = read(folder / name, 8192, "tiles", start, name)
        need(len(data) == 32 * width, "tiles", f"{name} has not {width} hashes", start)
        yield from (data[32 * n : 32 * n + 32] for n in range(width))


def check_tiles(folder, leaves):
    """Compare every tile above the leaves with what follows from them; return the root."""
    level, hashes = 1, joined(leaves)
    while hashes:
        for start in range(0, len(hashes), 256):
            part = hashes[start : start + 256]
            name = tile_name(level, start // 256, len(part))
            data = read(folder / name, 8192, "tiles", (start + 1) * 256**level - 1, name)
            first = next((n for n, one in enumerate(part) if data[32 * n : 32 * n + 32] != one),
                         len(part) - 1)
            seq = (start + first + 1) * 256**level - 1  # the last entry below that hash
            need(data == b"".join(part), "tiles", f"{name} does not follow from the entries", seq)
        level, hashes = level + 1, joined(hashes)
    return root_of(leaves)


def joined(hashes):
    """One hash for each complete 256."""
    return [root_of(hashes[n : n + 256]) for n in range(0, len(hashes) // 256 * 256, 256)]


def verify_directory(folder, args, say):
    note = read_note(read(folder / "checkpoint", NOTE, "checkpoint", name="checkpoint"))
    origin, size, signed_root = note[1]
    need(size > 0, "checkpoint", "a checkpoint of nothing")
    # Before its size is believed. Without --key every file must be there for the entries to go on.
    strangers = set(args.keys) - signers(note, args.keys)
    need(not strangers, "trust", "a key that was given did not sign the checkpoint")
    log, leaves = Log(), []
    for data, leaf in zip(entries_of(folder, size), leaves_of(folder, size)):
        log.add(data)
        leaves.append(sha(b"\x00" + data))
        need(leaves[-1] == leaf, "leaf", "the tile has another hash of these bytes", log.size - 1)
        need(args.ledger in (None, log.ledger), "trust", "another ledger than the one named")
        need(args.founder in (None, log.founder), "trust", "founded with another key")
    root = check_tiles(folder, leaves)
    lines = check_note(note, log.log_keys, args.policy)
    need(signed_root == root, "checkpoint", "the log signed another root than that of the entries")
    need(set(args.keys) <= set(log.log_keys), "trust", "a key that was given is none of this log")
    shown = read_policy(read(folder / "policy", POLICY, "checkpoint", name="policy"), "checkpoint")
    named = {key for key in shown[0] if key[0] == origin}  # it may name other logs too
    need(not named or named == set(log.log_keys), "checkpoint",
         "policy names other keys than the log")
    say(f"disclosed texts {check_disclosures(folder, log)} of {len(log.digests)}")
    say(f"entries {log.size}, root {root.hex()}, origin {origin}")
    say(f"ledger id {log.ledger}, founder's key {log.founder}")
    if lines:
        say(f"not authenticated: {lines} signature lines by others")
    say("not authenticated: policy (whose witnesses are its keeper's choice)")
    list_others(folder, log, say)
    return bool(args.ledger or args.founder or args.keys)  # each that was given did match


def files_of(size):
    """Name every tile and bundle that a log of this size has."""
    for level in ("entries", *range(8)):
        count = size if level == "entries" else size >> (8 * level)
        yield from (tile_name(level, n // 256, min(256, count - n)) for n in range(0, count, 256))


def walk(folder):
    """Yield the path of whatever is no directory, and of a directory that cannot be read."""
    waiting = [str(folder)]
    while waiting:
        at = waiting.pop()
        try:
            for one in sorted(os.scandir(at), key=lambda one: one.name):
                if one.is_dir(follow_symlinks=False):
                    waiting.append(one.path)
                else:
                    yield one.path
        except OSError:
            yield at


def list_others(folder, log, say):
    """Check captured files by their names; list what nothing vouches for."""
    known, others = {*files_of(log.size), "checkpoint", "policy", *disclosures_of(log.size)}, 0
    for path in walk(folder):
        name = path[len(str(folder)) :].lstrip(os.sep).replace(os.sep, "/")
        captured = re.fullmatch("evidence/([0-9a-f]{64})", name)
        if captured:
            data = read(path, EVIDENCE, "evidence", name=name)
            need(sha(data).hex() == captured[1], "evidence", f"{name} has other bytes")
            if captured[1] in log.evidence:
                continue
        top, plain = name.partition("/")[0], os.path.isfile(path)
        need(plain or top not in PARTS, PARTS.get(top), f"{name} is no regular file")
        if name not in known:  # an older partial tile too: nobody compares it
            others += 1
            if others <= LISTED:
                say(f"not authenticated: {name}")
    if others > LISTED:
        say(f"not authenticated: {others - LISTED} files more")


def disclosures_of(size):
    return [f"disclosures/{groups(n)}" for n in range((size + 255) // 256)]


def check_disclosures(folder, log):
    """Check the texts of each bundle, in order of entry and digest; return how many there are."""
    count = 0
    for n, name in enumerate(disclosures_of(log.size)):
        if not os.path.lexists(folder / name):
            continue
        last = (-1, "")
        for line in io.BytesIO(read(folder / name, EVIDENCE, "disclosure", name=name)):
            need(line.endswith(b"\n"), "disclosure", f"{name} ends within a line")
            here = check_text(line[:-1], log)
            need(here[0] // 256 == n and here > last, "disclosure", f"{name}: out of order")
            count, last = count + 1, here
    return count


def check_text(line, log):
    try:
        value = read_json(line)
        (_, digest), (_, seq), (_, text) = sorted(value.items())
        need(set(value) == {"digest", "seq", "text"} and seq is not True, "disclosure", "members")
        made = base64.urlsafe_b64encode(sha(text.encode("ascii"))).rstrip(b"=").decode()
    except (Bad, ValueError, TypeError, AttributeError):
        raise Bad("disclosure", "a line that is no disclosure, or not in its one form") from None
    need(made == digest and log.digests.get(digest) == seq, "disclosure",
         "a text that no entry refers to", seq if isinstance(seq, int) else None)
    return seq, digest


# --- an evidence pack ----------------------------------------------------------------------------


MEMBER = re.compile(
    r"README\.txt|checkpoint|(disclosures|entry|event\.dsse|keys)\.json|policy|proof\.tlog-proof"
    r"|verifier\.py|evidence/[0-9a-f]{64}"
    r"|timestamps/(0|[1-9][0-9]{0,18})/(note|proof\.tlog-proof|(0|[1-9][0-9]{0,18})\.tsr)")


def unzip(data):
    """Return the members of a pack. It is written in one way only, so that all programs show the
    same: nothing compressed, sorted by name, one date. Read it, write it again, compare."""
    files, at = {}, 0
    while data[at : at + 4] == b"PK\x03\x04" and len(data) - at >= 30 and len(files) < 1000:
        size, length = struct.unpack_from("<18xI4xH", data, at)
        name = data[at + 30 : at + 30 + length].decode("ascii", "replace")
        need(MEMBER.fullmatch(name) and name not in files, "format", f"a member {name[:80]!r}")
        at += 30 + length + size
        files[name] = data[at - size : at]
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w") as pack:
        for name in sorted(files):
            member = zipfile.ZipInfo(name)
            member.create_system, member.external_attr = 3, 0o100644 << 16
            pack.writestr(member, files[name])
    need(files and again.getvalue() == data, "format", "not a zip as regledger writes it")
    for name in ("entry.json", "proof.tlog-proof", "checkpoint"):
        need(name in files, "format", f"the pack has no {name}")
    return files


def read_proof(data):
    """C2SP tlog-proof: return the index, the path of hashes, extra data if any, the checkpoint."""
    head, gap, note = data.partition(b"\n\n")
    magic, *lines = head.split(b"\n")
    extra = lines.pop(0)[6:] if lines and lines[0].startswith(b"extra ") else None
    index, *path = [line.decode("utf-8", "replace") for line in lines] or [""]
    match = re.fullmatch(r"index (0|[1-9][0-9]{0,18})", index, re.ASCII)
    need(gap and match and magic == b"c2sp.org/tlog-proof@v1", "tree", "not a proof file")
    path = [unbase64(line, "tree") for line in path]
    need(len(path) < 64 and all(len(one) == 32 for one in path), "tree", "not a path of hashes")
    return int(match[1]), path, extra, note


def verify_pack(path, args, say):
    """The entry is in the tree of a checkpoint that the given keys signed; nothing more."""
    files = unzip(read(path, PACK, "format"))
    index, hashes, extra, data = read_proof(files["proof.tlog-proof"])
    entry, note = read_json(files["entry.json"]), read_note(data)
    origin, size, root = note[1]
    seq = entry.get("seq") if isinstance(entry, dict) else None
    need(seq == index and type(seq) is int, "seq", "another entry is proved")
    include(index, size, sha(b"\x00" + files["entry.json"]), hashes, root)
    if args.keys and (lines := check_note(note, args.keys, args.policy)):
        say(f"not authenticated: {lines} signature lines by others")
    need(files["checkpoint"] == data, "checkpoint", "another one than in the proof")
    log = Log()
    try:
        event = entry["event"]
        log._refer(event["data"], index)
        ledger = event["ledger"] if index else sha(canonical(event).encode()).hex()
    except (KeyError, TypeError, AttributeError):
        raise Bad("schema", "a member is missing or has the wrong form", index) from None
    need(args.ledger in (None, ledger), "trust", "of another ledger", index)
    need(args.founder is None, "trust", "a pack does not show who founded its ledger")
    if extra is not None:
        say("not authenticated: the extra line of proof.tlog-proof")
    for name, data in files.items():
        digest = name.removeprefix("evidence/")
        need(digest in (name, sha(data).hex()), "evidence", f"{name} has other bytes")
        if name not in {"entry.json", "proof.tlog-proof", "checkpoint"}:
            say(f"cited: {name}" if digest in log.evidence else f"not authenticated: {name}")
    say(f"entry {index} of {origin} is in the tree of {size} entries that the log signed")
    say(f"ledger id {ledger}")
    say("this checks neither who signed the entry nor the entries before it")
    return bool(args.keys)


def include(index, size, leaf, path, root):
    """RFC 9162 section 2.1.3.2."""
    need(0 <= index < size, "tree", "no such entry in this tree", index)
    fn, sn, found = index, size - 1, leaf
    for one in path:
        need(sn, "tree", "the proof is too long", index)
        if fn & 1 or fn == sn:
            found = node(one, found)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node(found, one)
        fn, sn = fn >> 1, sn >> 1
    need(not sn and found == root, "tree", "the proof does not lead to the root", index)


# --- the command line ------------------------------------------------------------------------------


def options(arguments):
    """Read the command line, and what its options name: keys, ids and policy."""
    parser = argparse.ArgumentParser(description="Verify a published regledger log or a pack.")
    parser.add_argument("place", help="a published directory, or an evidence pack (zip)")
    parser.add_argument("--key", action="append", default=[], help="a log key (vkey)")
    parser.add_argument("--ledger", help="the ledger id")
    parser.add_argument("--founder", help="hex id of the founder's key")
    parser.add_argument("--policy", help="a witness policy whose quorum must be met")
    args = parser.parse_args(arguments)
    try:
        args.keys = [read_vkey(text) for text in args.key]
        for name in ("ledger", "founder"):
            if (text := getattr(args, name)) is not None:
                setattr(args, name, text.lower())
                need(FORMS["ledger"].fullmatch(text.lower()), "", f"--{name}: not 64 hex digits")
        if args.policy is not None:
            args.policy = read_policy(read(args.policy, POLICY, "", name="--policy"), "")
    except Bad as bad:
        raise Bad("usage", bad.message) from None
    return args


def verify(arguments, say):
    args = options(arguments)
    place = Path(args.place)
    try:
        kind = stat.S_IFMT(os.stat(place).st_mode)
        there = kind == stat.S_IFREG or (kind == stat.S_IFDIR and next(walk(place), None))
    except (OSError, ValueError) as error:
        raise Bad("nothing", getattr(error, "strerror", None) or str(error)) from None
    need(there, "nothing", "neither a file nor a directory with files")
    known = (verify_pack if kind == stat.S_IFREG else verify_directory)(place, args, say)
    say("VERIFIED" if known else "CONSISTENT, NOT AUTHENTICATED: "
        + ("give the log's keys with --key" if kind == stat.S_IFREG
           else "give --key, --ledger or --founder"))
    return 0 if known else 3


def main(arguments=None):
    def say(text):
        # In ASCII, on one line: names and texts of strangers must not steer a terminal.
        print(text.encode("unicode_escape").decode(), flush=True)

    try:
        return verify(arguments, say)
    except Bad as bad:
        if bad.layer in {"usage", "nothing"}:
            say(f"{'USAGE' if bad.layer == 'usage' else 'NOTHING TO VERIFY'}: {bad.message}")
            return 2 if bad.layer == "usage" else 3
        where = "" if bad.seq is None else f" at entry {bad.seq}"
        say(f"NOT VERIFIED{where}, layer {bad.layer}: {bad.message}")
    except Exception as error:  # not foreseen, and no success
        say(f"NOT VERIFIED, layer format: {type(error).__name__}: {error}")
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OSError:  # the answer cannot be written: nobody has read that it is verified
        os._exit(3)
