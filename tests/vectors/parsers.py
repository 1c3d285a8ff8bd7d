"""Vectors for readers of verifier keys, checkpoints and proofs: what is taken, and what is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from ledger.log.checkpoint import Checkpoint, Ed25519Cosigner
from ledger.log.encodings import to_b64
from ledger.log.merkle import consistency_path, inclusion_path, leaf_hash, root
from ledger.log.proof_file import InclusionProof
from ledger.log.signed_note import Note, NoteSignature, key_id, parse_note
from tests.vectors.people import ORIGIN, SEALED_AT, seed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.vectors.forging import Book
    from tests.vectors.people import LogKeys

# C2SP signed-note and golang.org/x/mod/sumdb/note, byte for byte.
NEUMANN: Final = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_NOTE: Final = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
    "otpRZb6KE6RyyBwJnAM=\n"
)
FOO: Final = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
# The inputs of the tests of certificate-transparency, and the roots of the first 1 to 8 of them.
LEAVES: Final = (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)  # fmt: skip
ROOTS: Final = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def encode(value: Any) -> bytes:
    """JSON that can be read in a diff: ASCII, so that no look-alike hides in it."""
    return (json.dumps(value, indent=1) + "\n").encode()


# --- verifier keys -------------------------------------------------------------------------------


def vkeys() -> list[dict[str, Any]]:
    """Verifier keys."""
    return [
        {"name": "c2sp_peter_neumann", "vkey": NEUMANN, "accepted": True},
        {"name": "c2sp_example_foo", "vkey": FOO, "accepted": True},
        *({"name": name, "vkey": text, "accepted": False} for name, text in _bad_vkeys()),
    ]


def _bad_vkeys() -> Iterator[tuple[str, str]]:
    name, hint, blob = NEUMANN.split("+", 2)
    raw = seed("a key in a vector")

    def made(who: str, kind: int, key: bytes) -> str:
        return f"{who}+{key_id(who, kind, key).hex()}+{to_b64(bytes([kind]) + key)}"

    yield "empty", ""
    yield "wrong_key_id", f"{name}+c74f20a4+{blob}"
    yield "upper_case_key_id", f"{name}+{hint.upper()}+{blob}"
    yield "another_name", f"Peter+{hint}+{blob}"
    yield "no_name", made("", 1, raw)
    yield "space_in_name", made("Peter Neumann", 1, raw)
    yield "control_in_name", made("Peter\tNeumann", 1, raw)
    yield "unknown_type", made("example.org/a", 2, raw)
    yield "short_key", made("example.org/a", 1, raw[:31])
    yield "long_key", made("example.org/a", 1, raw + b"\0")
    yield "short_post_quantum_key", made("example.org/a", 6, raw)
    yield "pad_bits_not_zero", f"{FOO[:-1]}l"
    yield "trailing_line_feed", f"{FOO}\n"
    yield "base64url", f"{name}+{hint}+{blob.replace('/', '_')}"


# --- checkpoints ---------------------------------------------------------------------------------


def notes(book: Book, other: LogKeys) -> dict[str, Any]:
    """Checkpoints, each to be opened with the same two keys."""
    cases = [{"name": "good", "note": book.files["checkpoint"].decode(), "accepted": True}]
    cases += [
        {"name": name, "note": data.decode("utf-8", "surrogateescape"), "accepted": ok}
        for name, data, ok in (*_other_lines(book, other), *_bad_notes(book))
    ]
    return {
        "log_keys": [str(key.vkey) for key in book.keys],
        "encoding": "UTF-8; a byte that is none is a lone surrogate U+DC80 + byte - 0x80",
        "cases": cases,
    }


def _other_lines(book: Book, other: LogKeys) -> Iterator[tuple[str, bytes, bool]]:
    data = book.files["checkpoint"]
    note = parse_note(data)
    first, second = note.signatures
    tree = Checkpoint(ORIGIN, 12, root([leaf_hash(one) for one in book.entries]))
    witness = Ed25519Cosigner("example.org/witness", _key("witness"))
    yield "line_of_a_stranger", data + witness.sign(tree, SEALED_AT).encode(), True
    yield "lines_in_another_order", Note(note.text, (second, first)).encode(), True
    yield "impostor_line", data + other[0].sign(tree, 0).encode(), False
    yield "one_line_twice", data + first.encode(), False
    yield "classical_line_missing", Note(note.text, (second,)).encode(), False
    yield "post_quantum_line_missing", Note(note.text, (first,)).encode(), False
    for name, line in (("classical", first), ("post_quantum", second)):
        blob = line.blob[:-1] + bytes([line.blob[-1] ^ 1])
        changed = NoteSignature(line.name, line.key_id, blob)
        lines = tuple(changed if one is line else one for one in note.signatures)
        yield f"{name}_line_changed", Note(note.text, lines).encode(), False
    later = (second.blob[:7] + bytes([second.blob[7] ^ 1])) + second.blob[8:]
    moved = NoteSignature(second.name, second.key_id, later)
    yield "time_of_line_changed", Note(note.text, (first, moved)).encode(), False


def _bad_notes(book: Book) -> Iterator[tuple[str, bytes, bool]]:
    """Other spellings of the text, signed as they stand by the classical key, where that counts."""
    data = book.files["checkpoint"]
    note = parse_note(data)
    origin, size, hash64 = note.text.decode().splitlines()
    raw = _key("log ed25519")
    first, second = note.signatures

    def signed(text: str) -> bytes:
        line = NoteSignature(first.name, first.key_id, raw.sign(text.encode()))
        return Note(text.encode(), (line, second)).encode()

    yield "leading_zero_in_size", signed(f"{origin}\n0{size}\n{hash64}\n"), False
    yield "sign_before_size", signed(f"{origin}\n+{size}\n{hash64}\n"), False
    yield "size_beyond_64_bits", signed(f"{origin}\n{1 << 64}\n{hash64}\n"), False
    yield "extension_line", signed(f"{origin}\n{size}\n{hash64}\nmore\n"), False
    yield "short_root", signed(f"{origin}\n{size}\n{to_b64(bytes(31))}\n"), False
    yield "root_without_padding", signed(f"{origin}\n{size}\n{hash64.rstrip('=')}\n"), False
    yield "another_origin", signed(f"example.org/other\n{size}\n{hash64}\n"), False
    yield "no_origin", signed(f"\n{size}\n{hash64}\n"), False
    yield "carriage_returns", data.replace(b"\n", b"\r\n"), False
    yield "no_line_feed_at_end", data[:-1], False
    yield "line_feed_more", data + b"\n", False
    yield "no_empty_line", data.replace(b"\n\n", b"\n", 1), False
    yield "hyphen_for_em_dash", data.replace("\u2014".encode(), b"-", 1), False
    yield "two_spaces_in_line", data.replace("\u2014 ".encode(), "\u2014  ".encode(), 1), False
    yield "not_utf_8", data.replace(b"example", b"ex\xffmple"), False
    yield "control_character", data.replace(b"example", b"ex\x1bmple"), False
    yield "nothing", b"", False
    yield "only_text", note.text, False


def _key(name: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed(name))


# --- proofs --------------------------------------------------------------------------------------


def proofs(book: Book) -> dict[str, Any]:
    """Proofs in the tree of the reference inputs, and proof files of the good log."""
    leaves = [leaf_hash(bytes.fromhex(text)) for text in LEAVES]

    def fetch(level: int, start: int, stop: int) -> Sequence[bytes]:
        return leaves[start:stop] if level == 0 else []

    return {
        "leaves": list(LEAVES),
        "leaf_hashes": [leaf.hex() for leaf in leaves],
        "roots": list(ROOTS),
        "inclusion": list(_inclusion(fetch)),
        "consistency": list(_consistency(fetch)),
        "proof_files": list(_proof_files(book)),
    }


def _inclusion(fetch: Any) -> Iterator[dict[str, Any]]:
    for size in range(1, 9):
        for index in range(size):
            path = [one.hex() for one in inclusion_path(index, size, fetch)]
            case = {"index": index, "size": size, "path": path}
            yield {**case, "accepted": True}
            if (index, size) in {(0, 1), (2, 5), (5, 8)}:
                yield {**case, "index": size, "accepted": False}
                yield {**case, "path": [*path, ROOTS[0]], "accepted": False}
            if (index, size) in {(2, 5), (5, 8)}:
                yield {**case, "path": path[:-1], "accepted": False}
                yield {**case, "path": path[::-1], "accepted": False}
                yield {**case, "index": index ^ 1, "accepted": False}
                yield {**case, "path": [path[0][:-2], *path[1:]], "accepted": False}


def _consistency(fetch: Any) -> Iterator[dict[str, Any]]:
    for size in range(1, 9):
        for old in range(1, size + 1):
            path = [one.hex() for one in consistency_path(old, size, fetch)]
            case = {"old": old, "size": size, "path": path}
            yield {**case, "accepted": True}
            yield {**case, "path": [*path, ROOTS[0]], "accepted": False}
            if old < size:
                yield {**case, "path": path[:-1], "accepted": False}
                yield {**case, "path": [], "accepted": False}
            if len(path) > 1:
                yield {**case, "path": path[::-1], "accepted": False}
    yield {"old": 0, "size": 8, "path": [], "accepted": False}


def _proof_files(book: Book) -> Iterator[dict[str, Any]]:
    leaves = [leaf_hash(one) for one in book.entries]
    path = inclusion_path(6, 12, lambda level, start, stop: [] if level else leaves[start:stop])
    note = book.files["checkpoint"]

    def case(
        name: str, data: bytes, *, leaf: bytes = leaves[6], ok: bool = False
    ) -> dict[str, Any]:
        return {"name": name, "leaf": leaf.hex(), "file": data.decode(), "accepted": ok}

    good = InclusionProof(6, path, note).encode()
    yield case("good", good, ok=True)
    yield case("good_with_extra", InclusionProof(6, path, note, b"more").encode(), ok=True)
    yield case("another_leaf", good, leaf=leaves[7])
    yield case("another_index", good.replace(b"index 6", b"index 7"))
    yield case("leading_zero_in_index", good.replace(b"index 6", b"index 06"))
    yield case("index_beyond_the_tree", good.replace(b"index 6", b"index 12"))
    yield case("path_too_short", InclusionProof(6, path[:-1], note).encode())
    yield case("path_too_long", InclusionProof(6, (*path, path[0]), note).encode())
    yield case("path_in_another_order", InclusionProof(6, path[::-1], note).encode())
    yield case("hash_without_padding", good.replace(b"=\n", b"\n", 1))
    yield case("another_version", good.replace(b"@v1", b"@v2", 1))
    yield case("line_between", good.replace(b"index 6\n", b"index 6\nmore\n"))
    yield case("no_checkpoint", good[: good.index(b"\n\n") + 2])
    yield case(
        "another_root", good.replace(to_b64(root(leaves)).encode(), to_b64(leaves[0]).encode())
    )
