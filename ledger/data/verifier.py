#!/usr/bin/env python3
r"""An independent verifier of published regledger logs, in one file that can be read in full.

    python verifier.py DIRECTORY|PACK.zip [--key VKEY]... [--ledger ID] [--founder FINGERPRINT]
                       [--policy FILE]

Needs Python 3.11 and the package ``cryptography`` (50 or newer), nothing else; it shares no code
with regledger. It checks a published directory, or an evidence pack, and prints what it found.
At least one of --key (a log key), --ledger (the ledger id) or --founder (hex id of the founder's
key) must come from somewhere else than the log: without it the log may be consistent, and nobody
knows whose it is.

What it checks, in order of the entries; the first that fails is reported with its layer:
canonical (RFC 8785 under limits), format, seq, prev, recorded_at, ledger, key (enrolled, in force,
with the role its act needs), signature (DSSE), tiles and tree (RFC 6962, C2SP tlog-tiles),
checkpoint (both log signatures, C2SP signed-note), cosignature (with --policy), disclosure
(RFC 9901), evidence, trust. It does not replay the rules about claims: regledger does.

Exit status: 0 verified and authenticated; 1 not verified; 2 usage; 3 nothing there, or consistent
but not authenticated.
"""

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

ZERO = "0" * 64
EVENT, KEY = "application/vnd.regledger.event+json", "application/vnd.regledger.key+json"
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
NUMBER = re.compile(rb"0|[1-9][0-9]{0,19}")
MAX_MEMBER = 256 * 1024 * 1024
# Which of these roles an event needs; what is not named here needs none that is checked.
ROLES = {
    **dict.fromkeys(("taxonomy.adopted", "policy.changed", "log.keys_changed", "actor.enrolled",
                     "actor.role_granted", "actor.role_revoked"), {"admin"}),
    **dict.fromkeys(("claim.recorded", "claim.corrected", "claim.retracted", "body.defined",
                     "activity.defined", "jurisdiction.defined", "profile.defined"), {"recorder"}),
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
    """RFC 8785 under limits: sorted ASCII names, no floats, 53-bit integers, 16 levels."""
    need(depth <= 16, "canonical", "nested too deeply")
    if value is None or isinstance(value, bool | str):
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
    try:
        if scheme == "ed25519" and isinstance(key, ed25519.Ed25519PublicKey):
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


def read_vkey(text):
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    blob = unbase64(encoded, "trust")
    need(name and blob and blob[0] in (1, 4, 6), "trust", f"not a verifier key: {text[:40]!r}")
    need(sha(name.encode() + b"\n" + blob)[:4].hex() == key_id, "trust", "the key id is wrong")
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


def open_checkpoint(data, log_keys, witnesses=()):
    """Return (origin, size, root) and the keys of witnesses with a good line."""
    need(not re.search(rb"[\x00-\x09\x0b-\x1f]", data), "checkpoint", "a control character")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise Bad("checkpoint", "not UTF-8") from None
    at = data.rfind(b"\n\n")  # the last empty line parts text and signatures
    need(at > 0 and data.endswith(b"\n"), "checkpoint", "not a signed note")
    text, lines = data[: at + 1], data[at + 2 : -1].split(b"\n")
    parts = text.split(b"\n")
    need(len(parts) == 4 and not parts[3], "checkpoint", "not origin, size and root")
    need(NUMBER.fullmatch(parts[1]), "checkpoint", "the size is not a plain decimal number")
    root = unbase64(parts[2].decode("utf-8"), "checkpoint")
    need(len(root) == 32, "checkpoint", "the root has not 32 bytes")
    found = (parts[0].decode(), int(parts[1]), root)
    need(log_keys, "checkpoint", "no log key to check it with")
    good = set()
    for line in lines:
        match = re.fullmatch("\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)", line.decode())
        need(match, "checkpoint", "a line that is no signature line")
        name, blob = match[1], unbase64(match[2], "checkpoint")
        keys = [key for key in (*log_keys, *witnesses) if key[:2] == (name, blob[:4])]
        need(keys or name != found[0], "checkpoint", "a line named as the log, by an unknown key")
        for key in keys[:1]:
            need(key not in good, "checkpoint", "two lines of one key")
            check_line(key, blob[4:], text, found)
            good.add(key)
    for key in log_keys:
        need(key[0] == found[0], "checkpoint", f"a checkpoint of {found[0]}, not of {key[0]}")
        need(key in good, "checkpoint", f"no signature of the log's key {key[1].hex()}")
    return found, good - set(log_keys)


def check_policy(data, cosigned):
    """C2SP tlog-policy: is the quorum met by these witnesses' keys?"""
    holding, known = set(), {}
    for items in (line.split() for line in data.decode("utf-8").split("\n")):
        if not items or items[0].startswith("#") or items[0] == "log":
            continue
        if items[0] == "witness":
            known[items[1]] = read_vkey(items[2])
            holding |= {items[1]} if known[items[1]] in cosigned else set()
        elif items[0] == "group":
            have = sum(member in holding for member in items[3:])
            least = {"any": 1, "all": len(items[3:])}.get(items[2]) or int(items[2])
            holding |= {items[1]} if have >= least >= 1 else set()
        elif items[0] == "quorum":
            need(items[1] != "none", "cosignature", "the policy asks for no witness")
            need(items[1] in holding, "cosignature", f"the quorum {items[1]} is not met")
            return
    raise Bad("cosignature", "the policy has no quorum line")


def witnesses_of(data):
    lines = (line.split() for line in data.decode("utf-8", "replace").split("\n"))
    return [read_vkey(items[2]) for items in lines if len(items) > 2 and items[0] == "witness"]


# --- entries -------------------------------------------------------------------------------------


class Log:
    """What follows from the entries so far: the chain, and who may sign."""

    def __init__(self):
        self.size, self.prev, self.time, self.ledger = 0, ZERO, "", ZERO
        self.founder, self.keys, self.roles, self.log_keys = "", {}, {}, []
        self.digests = {}  # of disclosures -> seq
        self.evidence = set()

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
            need(STAMP.fullmatch(stamp), "format", "a time in another spelling")
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
            scheme, public, unbase64(sigs[0]["sig"], "signature"), pae(EVENT, payload))
        need(keyid == sigs[0]["keyid"], "key", "the key id is not that of the key")
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
        elif kind == "actor.role_granted":
            self.roles[data["actor"]].add(data["role"])
        elif kind == "actor.role_revoked":
            self.roles[data["actor"]].discard(data["role"])
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


def read(folder, path, layer="tiles"):
    try:
        return (folder / path).read_bytes()
    except OSError:
        raise Bad(layer, f"{path} is missing") from None


def tile_name(level, index, width):
    return f"tile/{level}/{groups(index)}" + (f".p/{width}" if width < 256 else "")


def entries_of(folder, size):
    """Yield the entries, bundle by bundle: two bytes of length, then the bytes."""
    for start in range(0, size, 256):
        width = min(256, size - start)
        name = tile_name("entries", start // 256, width)
        data, at = read(folder, name), 0
        for n in range(width):
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            need(at + 2 <= end <= len(data), "tiles", f"{name} ends too early", start + n)
            yield data[at + 2 : end]
            at = end
        need(at == len(data), "tiles", f"{name} has more than its {width} entries")


def check_tiles(folder, leaves):
    """Compare every tile with what follows from the entries; return the root."""
    level, hashes = 0, leaves
    while hashes:
        for start in range(0, len(hashes), 256):
            part = hashes[start : start + 256]
            name = tile_name(level, start // 256, len(part))
            data = read(folder, name)
            first = next((n for n, one in enumerate(part) if data[32 * n : 32 * n + 32] != one),
                         None)
            seq = None if first is None else min((start + first + 1) * 256**level, len(leaves)) - 1
            need(data == b"".join(part), "tiles", f"{name} does not follow from the entries", seq)
        hashes = [root_of(hashes[n : n + 256]) for n in range(0, len(hashes) // 256 * 256, 256)]
        level += 1
    return root_of(leaves)


def verify_directory(folder, args, say):
    note = read(folder, "checkpoint", "checkpoint")
    size = re.match(rb"[^\n]*\n(0|[1-9][0-9]{0,19})\n", note)
    need(size, "checkpoint", "not a checkpoint")
    log, leaves = Log(), []
    need(int(size[1]) > 0, "checkpoint", "a checkpoint of nothing")
    for data in entries_of(folder, int(size[1])):
        log.add(data)
        leaves.append(sha(b"\x00" + data))
    root = check_tiles(folder, leaves)
    policy = Path(args.policy).read_bytes() if args.policy else b""
    found, cosigned = open_checkpoint(note, log.log_keys, witnesses_of(policy))
    need(found[2] == root, "tree", "the root of the checkpoint is not that of the entries")
    if args.policy:
        check_policy(policy, cosigned)
    shown = read(folder, "policy", "checkpoint").decode("utf-8", "replace").split("\n")
    named = {read_vkey(line.split()[1]) for line in shown if line.startswith("log ")}
    need(named == set(log.log_keys), "checkpoint", "policy names other keys than the log")
    extra = check_beside(folder, log, say)
    say(f"entries {log.size}, root {root.hex()}, origin {found[0]}")
    say(f"ledger id {log.ledger}, founder's key {log.founder}")
    for path in extra:
        say(f"not authenticated: {path}")
    return log


def check_beside(folder, log, say):
    """Evidence, disclosures, time-stamped notes; return what nothing vouches for."""
    size, extra = log.size, ["policy (whose witnesses are its keeper's choice)"]
    wanted = {tile_name("entries", n // 256, min(256, size - n)) for n in range(0, size, 256)}
    texts = 0
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        data = path.read_bytes()
        if name.startswith("evidence/"):
            need(sha(data).hex() == path.name, "evidence", f"{name} has other bytes")
            extra += [] if path.name in log.evidence else [name]
        elif name.startswith("disclosures/"):
            texts += sum(check_text(line, log) for line in data.split(b"\n")[:-1])
            need(not data or data.endswith(b"\n"), "disclosure", f"{name} ends within a line")
        elif name not in wanted | {"checkpoint", "policy"} and not name.startswith("tile/"):
            extra.append(name)
    say(f"disclosed texts {texts} of {len(log.digests)}")
    return extra


def check_text(line, log):
    try:
        value = json.loads(line)
        digest, seq, text = value["digest"], value["seq"], value["text"]
        made = base64.urlsafe_b64encode(sha(text.encode("ascii"))).rstrip(b"=").decode()
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Bad("disclosure", "a line that is no disclosure") from None
    need(made == digest and log.digests.get(digest) == seq, "disclosure",
         "a text that no entry refers to", seq if isinstance(seq, int) else None)
    return 1


# --- an evidence pack ----------------------------------------------------------------------------


def verify_pack(path, args, say):
    """The entry is in the tree of a checkpoint that the given keys signed; nothing more."""
    keys = [read_vkey(text) for text in args.key]
    try:
        with zipfile.ZipFile(path) as pack:
            names = [info.filename for info in pack.infolist() if info.file_size <= MAX_MEMBER]
            need(len(names) == len(set(names)) == len(pack.infolist()), "format", "odd members")
            files = {name: pack.read(name) for name in names}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise Bad("format", "not a zip file that can be read") from None
    for name in ("entry.json", "proof.tlog-proof"):
        need(name in files, "format", f"the pack has no {name}")
    if not keys:
        say("give the log's keys with --key: without them nothing can be verified")
        raise Bad("checkpoint", "no log key was given")
    policy = Path(args.policy).read_bytes() if args.policy else b""
    head, gap, note = files["proof.tlog-proof"].partition(b"\n\n")
    lines = head.split(b"\n")
    if len(lines) > 1 and lines[1].startswith(b"extra "):
        unbase64(lines.pop(1)[6:].decode("utf-8", "replace"), "tree")
    match = len(lines) > 1 and re.fullmatch(rb"index (0|[1-9][0-9]{0,18})", lines[1])
    need(gap and match and lines[0] == b"c2sp.org/tlog-proof@v1", "tree", "not a proof file")
    path_hashes = [unbase64(line.decode("utf-8", "replace"), "tree") for line in lines[2:]]
    need(all(len(one) == 32 for one in path_hashes), "tree", "a hash has not 32 bytes")
    (origin, size, root), cosigned = open_checkpoint(note, keys, witnesses_of(policy))
    if args.policy:
        check_policy(policy, cosigned)
    entry, index = read_json(files["entry.json"]), int(match[1])
    need(isinstance(entry, dict) and entry.get("seq") == index, "seq", "another entry is proved")
    include(index, size, sha(b"\x00" + files["entry.json"]), path_hashes, root)
    for name, data in files.items():
        if name.startswith("evidence/"):
            need(sha(data).hex() == name.removeprefix("evidence/"), "evidence", f"{name}: bytes")
    say(f"entry {index} of {origin} is in the tree of {size} entries that the log signed")
    say("this does not check the entries before it: whether its author might sign")


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


# --- trust, and the command line -----------------------------------------------------------------


def trusted(log, args):
    """Compare what the log says of itself with what its reader brought along."""
    if args.ledger:
        need(args.ledger.lower() == log.ledger, "trust", "another ledger than the one named")
    if args.founder:
        need(args.founder.lower() == log.founder, "trust", "founded with another key")
    for text in args.key:
        need(read_vkey(text) in log.log_keys, "trust", f"{text[:60]} is no key of this log")
    return bool(args.ledger or args.founder or args.key)


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Verify a published regledger log or a pack.")
    parser.add_argument("place", help="a published directory, or an evidence pack (zip)")
    parser.add_argument("--key", action="append", default=[], help="a log key (vkey)")
    parser.add_argument("--ledger", help="the ledger id")
    parser.add_argument("--founder", help="hex id of the founder's key")
    parser.add_argument("--policy", help="a witness policy whose quorum must be met")
    args = parser.parse_args(arguments)
    place = Path(args.place)

    def say(text):
        print("".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text))

    if not place.exists() or (place.is_dir() and not any(place.iterdir())):
        say(f"NOTHING TO VERIFY: {place} is not there or empty")
        return 3
    try:
        if place.is_file():
            verify_pack(place, args, say)
            say("VERIFIED")
            return 0
        log = verify_directory(place, args, say)
        known = trusted(log, args)
    except Bad as bad:
        where = "" if bad.seq is None else f" at entry {bad.seq}"
        say(f"NOT VERIFIED{where}, layer {bad.layer}: {bad.message}")
        return 1
    except (OSError, UnicodeError, ValueError) as error:
        say(f"NOT VERIFIED, layer format: {error}")
        return 1
    say("VERIFIED" if known else "CONSISTENT, NOT AUTHENTICATED: give --key, --ledger or --founder")
    return 0 if known else 3


if __name__ == "__main__":
    sys.exit(main())
