"""Building an evidence pack from one snapshot of the database."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from ledger.errors import BadEvidence, NotVerified
from ledger.evidence.cited_files import cited_files
from ledger.log import disclosure
from ledger.log.checkpoint import Checkpoint, parse_checkpoint
from ledger.log.entry import Entry, decode_entry, to_dsse
from ledger.log.signed_note import parse_note, parse_vkey
from ledger.log.witness_policy import simple
from ledger.projections.policy import policy_at
from ledger.projections.state_writer import StateWriter
from ledger.proofs import pack_format
from ledger.proofs.inclusion import EntryProof, ledger_of, prove
from ledger.store import checkpoint_store, evidence_store
from ledger.store.log_store import Connection, LogStore

_README = """\
EVIDENCE THAT ONE ENTRY STANDS IN A LOG

Log        {origin}
Ledger id  {ledger}
Entry      {seq}, {type} by {actor}
Recorded   {recorded_at}{clock}
Proved in  the checkpoint of size {size}

What this shows, once checked: the bytes in entry.json are entry {seq} of the log that signed the
file "checkpoint", which covers its first {size} entries. What it does not show: that the signer
was entitled to sign, and that the statement is true. For the first, verify the whole log.

How to check it
1. Get the log's public keys (lines like {origin}+1234abcd+...) from the keeper of the log, by
   a way you trust. The keys in keys.json are here for convenience: whoever forged this pack would
   have put his own keys there.
2. With regledger installed:      regledger check-proof PACK.zip --key KEY1 --key KEY2
   With Python and "cryptography", after reading verifier.py, a single file:
                                  python verifier.py PACK.zip --key KEY1 --key KEY2
   Neither needs a network, a database or the keeper of the log. Take verifier.py from somewhere
   else than this pack if you do not trust who gave it to you: `regledger check-proof` compares the
   one in here, and this text, with its own.

What is inside
entry.json        the entry, byte for byte. Its leaf hash is SHA-256 of a zero byte and these bytes.
proof.tlog-proof  the path of hashes from that leaf to the root (c2sp.org/tlog-proof, RFC 9162).
checkpoint        the signed root, as at the end of the proof (c2sp.org/tlog-checkpoint).
event.dsse.json   the signed event of the entry as a DSSE envelope.
keys.json         the log's keys and the signer's key, and how each is known.
policy            the log's keys as a policy file (c2sp.org/tlog-policy).
evidence/         captured files that the entry cites, named by their SHA-256, if they were kept.
disclosures.json  the personal and free text that the entry holds as digests only, if asked for.
timestamps/       RFC 3161 time-stamps of checkpoints that cover the entry, if there are any:
                  openssl ts -verify -in 0.tsr -data note -CAfile AUTHORITY.pem
"""


def make_pack(
    store: LogStore, conn: Connection, seq: int, *, with_disclosures: bool = False
) -> bytes:
    """Return the evidence pack of one entry; without disclosures, only what the log holds openly.

    Raises:
        NotCompleted: no checkpoint covers the entry yet.
        NotVerified: an entry, a hash or a file for the pack is damaged.
        InputError: the pack would be too large.
    """
    proved = prove(store, conn, seq)
    entry = proved.entry
    policy = policy_at(conn, proved.checkpoint.size)
    sealed = parse_checkpoint(parse_note(proved.checkpoint.note).text)
    files = {
        pack_format.ENTRY: entry.data,
        pack_format.ENVELOPE: pack_format.spell(to_dsse(entry.signed)),
        pack_format.PROOF: proved.proof.encode(),
        pack_format.CHECKPOINT: proved.checkpoint.full,
        pack_format.KEYS: keys_file(
            entry,
            sealed,
            founder=decode_entry(store.bytes_at(conn, 0), at=0).signed.signature.keyid,
            log_keys=policy.log_keys,
            signer=signer_of(store, conn, entry),
        ),
        pack_format.POLICY: policy_file(policy.log_keys),
        pack_format.README: readme(entry, sealed, clock=policy.clock),
        **_time_stamps(store, conn, proved),
        **_beside(store, conn, entry, with_disclosures=with_disclosures),
    }
    if verifier().is_file():
        files[pack_format.VERIFIER] = verifier().read_bytes()
    return pack_format.encode_pack(files)


def verifier() -> Traversable:
    """Return the file of this version's verifier, which some packagers leave out."""
    return resources.files("ledger.data").joinpath(pack_format.VERIFIER)


def signer_of(store: LogStore, conn: Connection, entry: Entry) -> dict[str, str]:
    """Return the public key that an entry names, as the log enrolled it.

    Raises NotVerified: the actor of the entry has no such key.
    """
    signed = entry.signed
    size = store.head(conn).size
    actor = StateWriter(conn, lambda at: store.bytes_at(conn, at), size=size).actor(
        signed.event.actor
    )
    for key in actor.keys if actor else ():
        if key.keyid == signed.signature.keyid:
            return {"keyid": key.keyid, "scheme": key.scheme, "public_key": key.public_key}
    raise NotVerified(
        f"{signed.event.actor} has no key {signed.signature.keyid[:16]} in this ledger",
        seq=entry.seq,
        hint="the views may be damaged: run `regledger verify`",
    )


# The check of a pack writes them again and compares.


def keys_file(
    entry: Entry,
    sealed: Checkpoint,
    *,
    founder: str,
    log_keys: Sequence[str],
    signer: Mapping[str, str],
) -> bytes:
    """Return ``keys.json``: the keys of the log, of its founder and of the entry's signer."""
    return pack_format.spell(
        {
            "schema": "regledger/pack-keys/v1",
            "trust": "none: these keys came with the pack; get the log's keys from its keeper",
            "origin": sealed.origin,
            "ledger": ledger_of(entry),
            "founder": founder,
            "log_keys": list(log_keys),
            "signer": {
                "actor": entry.signed.event.actor,
                "keyid": entry.signed.signature.keyid,
                "scheme": signer["scheme"],
                "public_key": signer["public_key"],
            },
            "how_known": {
                "log_keys": f"named by the log itself, in force at size {sealed.size}",
                "founder": "keyid of the key that signed entry 0 of the log",
                "signer": "enrolled in the log; the entry names its keyid, SHA-256 of its DER",
            },
        }
    )


def policy_file(log_keys: Sequence[str]) -> bytes:
    """Return ``policy``: the log's keys, and no witness."""
    return simple([parse_vkey(key) for key in log_keys]).encode()


def readme(entry: Entry, sealed: Checkpoint, *, clock: str) -> bytes:
    """Return ``README.txt``."""
    return _README.format(
        origin=sealed.origin,
        ledger=ledger_of(entry),
        seq=entry.seq,
        type=entry.signed.event.type,
        actor=entry.signed.event.actor,
        recorded_at=entry.recorded_at,
        clock=" (SIMULATED clock)" if clock == "simulated" else "",
        size=sealed.size,
    ).encode()


def _time_stamps(store: LogStore, conn: Connection, proved: EntryProof) -> dict[str, bytes]:
    """Return the time-stamps of the proved checkpoint, and of the first that covers the entry."""
    seq = proved.entry.seq
    covering = [one for one in checkpoint_store.time_stamps(conn) if one.size > seq]
    first = min((one.size for one in covering), default=0)
    files: dict[str, bytes] = {}
    for one in covering:
        if one.size not in (first, proved.checkpoint.size):
            continue
        folder = f"timestamps/{one.size}"
        files[f"{folder}/{one.idx}.tsr"] = one.response
        if f"{folder}/note" in files:
            continue
        earlier = prove(store, conn, seq, size=one.size)
        files[f"{folder}/note"] = earlier.checkpoint.note
        if one.size != proved.checkpoint.size:
            files[f"{folder}/proof.tlog-proof"] = earlier.proof.encode()
    return files


def _beside(
    store: LogStore, conn: Connection, entry: Entry, *, with_disclosures: bool
) -> dict[str, bytes]:
    """Return the cited files, and the disclosures if asked for.

    A file that only a disclosed value names goes with the disclosures: its hash may be personal.
    """
    data = entry.signed.event.data
    files: dict[str, bytes] = {}
    if with_disclosures:
        texts = _texts(store, conn, data)
        data, _ = disclosure.reveal(data, texts)
        files[pack_format.DISCLOSURES] = pack_format.spell(texts)
    for one in cited_files(data):
        stored = evidence_store.get(conn, one.sha256)
        if stored is not None and sha256(stored.content).hexdigest() != one.sha256:
            raise BadEvidence(
                f"the file kept as {one.sha256} has another hash",
                hint="`regledger evidence check` lists all that do",
            )
        if stored is not None:
            files[f"{pack_format.EVIDENCE}{one.sha256}"] = stored.content
    return files


def _texts(store: LogStore, conn: Connection, data: dict[str, Any]) -> dict[str, str]:
    """Return every kept disclosure of an event, those inside others too."""
    found: dict[str, str] = {}
    wanted = disclosure.digests_in(data)
    while wanted:
        texts = store.disclosures(conn, wanted)
        found |= texts
        wanted = disclosure.reveal(data, found)[1] if texts else []
        wanted = [digest for digest in wanted if digest not in found]
    return found
