"""The glossary: the meaning of each flag, reason, status, rule, view, error code and check.

Each term has one paragraph, whose first sentence stands on its own: explanations of a status use
only that (:mod:`ledger.domain.resolve.explain`).
"""

import difflib
import re
from collections.abc import Mapping
from types import MappingProxyType

from ledger.errors import UnknownId

_ON_RECOGNITION = "recognition:"
# "term: paragraph", continued on indented lines; a # line heads a group.
_TEXT = """\
# statuses
prohibited: A rule in force forbids the activity to this kind of actor. Where several rules apply,
    the strictest result of all regimes counts, and prohibited is the strictest.
under_framework: The activity may be carried on under conditions, such as a licence. It does not say
    that a particular party holds the licence: decisions about one party are shown beside it.
legal: A rule in force permits the activity without more. Silence of the law is not shown as legal:
    without any rule the status is undetermined.
undetermined: No rule in force gives this cell a status. The reason says why, such as only
    statements, not yet in force, lapsed, or suspended.
# reasons
suspended: A rule would be in force on this day but for a suspension of it or of what it rests on.
    It applies again when the suspension ends or is lifted: record that as an act `lift`.
outside_regime: A permission is in force, but in a regime that is not the activity's home. A tax
    exemption makes nothing legal. Record the rule of the home regime, or correct `regime` if the
    permission belongs to it.
lapsed: There were rules for this, but none of them gives a status on this day. They have expired,
    were repealed, replaced or annulled, or have lost the instrument they rest on; the answer names
    the act or date of each. Record what came after: an extension, a revival, a new rule.
not_yet_in_force: A rule for this is recorded, but it has not begun. Its first day has not come, it
    waits for an act that commences it, or what it rests on has not begun. Record the act `commence`
    when it is made.
statements_only: Only statements about the law are recorded, and a statement is not a rule.
    Officials and institutions say what they take the law to be; who they are and whether the
    statement still stands is shown, and the prudential view goes by the strictest that does. Record
    the rule that they speak of, once somebody has seen it.
proposals_only: Only proposals are recorded: a bill, a draft or a plan changes nothing until it
    becomes a rule. Record its next stage with the same `bill`, and the rule that it becomes.
commitments_only: Only commitments or recommendations are recorded. What a body says it will do, or
    what somebody says ought to be done, is no rule. Record the rule that carries it out.
no_claims: Nothing that bears on the status is recorded. That the ledger is silent does not mean
    that the law is. What is merely noted or decided about one party is counted beside it.
# basis kinds
norm: The answer rests on rules in force. The basis names those that prevail.
declared: The answer rests on what officials declared, not on a rule. It is shown in the prudential
    view only, where no rule decides; the normative status beside it stays undetermined.
none: The answer rests on nothing recorded. There is no rule in force and no declaration.
# views
prudential: The view that goes by live official declarations where no rule decides. The strictest
    declaration of a prohibition or a framework is shown and marked declared; a declaration that
    something is legal is reported and never shown as the status.
normative: The view in which only rules in force decide. Statements change nothing.
# recognitions
recognition: Whether the law gives the thing a quality, such as being legal tender or property. It
    is a line of its own: what is not recognised is not thereby prohibited.
recognised: A rule in force, or a declaration marked as such, recognises it.
not_recognised: A rule in force, or a declaration marked as such, says that it is not recognised.
    That prohibits nothing: not being legal tender is not the same as being banned.
# rules
override: The winner says in its own text that it prevails over the loser, and is of at least the
    same force. This goes before every other rule and reaches across regimes.
lex_superior: The winner has the higher legal force. A milder rule wins so only where it is at least
    as near in activity and in addressee, unless its force is constitutional or supranational, which
    also reach across regimes.
lex_specialis_activity: The winner is about the nearer activity: the special rule goes before the
    general one. It must not be farther in addressee.
lex_specialis_addressee: The winner addresses the actor more nearly: the organisation before its
    class, a narrower class before a wider one, a class before everybody. Within one instrument an
    exemption for persons goes before its chapters.
lex_specialis_place: The winner is made for the nearer place. This decides only within one
    instrument, and between a rule and the instrument it was made under.
lex_posterior: The winner was made later, beyond doubt about the dates. It is the last rule to be
    asked, after force and nearness.
enabling_instrument: The winner belongs to the instrument the loser was made under, and the loser is
    not the nearer rule. What is made under a law does not change that law.
stricter_in_tie: Nothing decides between the two within their regime, so the stricter one stands.
    The order of strictness is prohibited, under a framework, legal.
stricter_regime: A stricter result of another regime adds to this one. Regimes cumulate: a licensing
    law does not lift a central bank's rule for banks.
permit_outside_home_regime: A permission counts only in the regime that governs the activity. A tax
    exemption makes nothing legal.
walked_back: The same body, with at least the same authority, said otherwise later. A joint
    statement is walked back for one body at a time and stays live for the others.
overtaken: A rule for this was made after the statement, beyond doubt about the dates. What was said
    before it no longer describes the law, whether or not the rule is in force.
# flags
contested: The sources disagree; the part after the colon says how.
contested:tie: Rules of equal standing disagree and nothing decides between them, so the strictest
    stands. Force, nearness and the dates of making all fail to separate them. Record the day on
    which each was made, or the clause by which one prevails (`overrides`).
contested:levels: Rules of different levels of government disagree and neither has to yield, so the
    strictest stands. Between levels only an explicit override or higher force decides. Record such
    a clause (`overrides`), or the judgment that settles it.
contested:specialis: Two special rules cross, and the strictest stands: one is nearer in activity,
    the other in addressee. Not even the later date decides then. Record the clause by which one
    prevails (`overrides`), or the judgment that settles it.
contested:cycle: Rules beat each other in a circle, so all of them stay and the strictest stands.
    Check the clauses recorded in `overrides`; one of them is as a rule not what the text says.
contested:statements: Live statements of officials or bodies contradict each other. Record who
    corrected whom, or the rule itself.
contested:declaratory: A live official statement contradicts what the rules in force say. The rules
    decide; the statement is a reason to ask, and to look for a rule that is not recorded.
superior_vs_specialis: A rule of higher force meets a nearer, more special one. Either it won, which
    some legal orders would not let it; or, as the milder one, it did not, since a general law does
    not by itself lift a special ban. Record the clause by which one prevails (`overrides`) if there
    is one; this is worth a lawyer's look.
older_prevails: A special rule won against a general one that was surely made later. The later rule
    may have been meant to end it: if its text says so, record that (`overrides`, or an act
    `repeal`).
ultra_vires: An act on a rule has no effect because its author lacked the power. Its force is lower
    than its target's, it comes from a place that does not govern it, or it would undo what a court
    did. If it was made under a power, correct it and name the text that gives it
    (`enabling_instrument`).
no_revival: A repeal was itself undone later, and that does not bring the old rule back. Only an act
    that revives it in so many words does: record that (`revive`), if there is one.
extension_after_expiry: An extension has no effect because it was made, or may have been made, after
    the rule had expired. Record the day on which it was made (`made`), or a new rule.
enabler_lapsed: A rule is not in force because the instrument it rests on is not, and nothing saves
    it. If a later text saves it, correct the rule and name that text (`saved_by`).
enabler_unrecorded: A rule, or the power of an act, rests on an instrument of which the ledger holds
    nothing. It is taken to be in force; recording a rule of that instrument would settle it.
date_uncertain: Imprecise dates leave more than one status possible, and the strictest is shown.
    Where there are more than six imprecise dates not every combination is tried, and the flag is
    always set, because a stricter answer may be missed. Correct the claims once the exact days are
    known.
date_approximate: A date behind this answer is marked as approximate or uncertain by its source. The
    mark adds no days: the date is used as written. Correct the claim once a better source is seen.
pending: There are live proposals that would change the law if they became rules. Record each
    further stage with the same `bill`, and how it ended.
commitment: A body has said what it will do or allot here. It is listed with the body and the day,
    and gives no status.
retroactive: A rule of the basis takes effect on days before it was made. Check the two dates; some
    legal orders do not allow it.
late_recorded: A claim of the basis came to count in the ledger only after this day. Whoever asked
    on the day itself could not see it: compare the answer as known then.
low_evidence: For no claim of the basis has anybody seen the primary source. The text of the
    instrument should be obtained and recorded (`primary_source_seen`).
children_differ: Activities below this one have another status. Ask for each by its own name.
actors_differ: Some kinds of actor, or organisations, have another status. They are listed; ask for
    each by its own name.
places_differ: Places within this one have another status. They are listed; ask for each by its own
    code.
awaiting_review: Claims that could bear on this await a second pair of eyes. They count for nothing
    until they are approved: `regledger review list`.
suspect_key: A claim that bears on this was signed or approved with a key that may have been
    compromised. It stands, and is flagged until it is reviewed anew.
disputed: Somebody disputes a claim that bears on this. A dispute changes no result; a correction or
    retraction would.
next_change: Passing time alone will change this answer on a day that is already known.
# states of a rule on a day
in_force: The rule is in force on this day.
not_begun: The rule has not begun by this day. Its first day has not come, an act that commences it
    is missing or suspended, or what it rests on has not begun.
annulled: A court or another body annulled the rule; annulled from the start, it was never in force.
ended: The rule has ended by this day, by its own last day, a repeal or a replacement.
# what an act did
took_effect: The act changed the days on which a rule is in force, or undid another act.
nothing_to_do: The act had power and changed nothing, such as a second repeal, or the lifting of a
    suspension that had ended. An amendment changes no days either: the new text is its own rule.
not_yet: The first day of the act's effect has not come.
undone: The act never happened, as it was undone before it took effect, or annulled from the start.
# errors
error: Something went wrong that has no name of its own; the message says what.
bad_input: What was given cannot be used as it stands. The message names the field.
unknown_id: An id is not defined at this point of the log. The nearest known ids are named.
bad_date: A text is not a date in one of the accepted forms. Write 2025-07-08, 2025-07, 2025, a
    trailing ~ ? or % for an unsure source, or [2026-03-04..2026-03-07] for one of those.
bad_claims_file: A file of claims has problems, all of which are listed. None was recorded.
bad_key: A key, key file or key request cannot be used. The message says why.
wrong_passphrase: The passphrase does not open the key file.
passphrase_in_text: A text to be signed is the passphrase of the key that signs: in the log it would
    stand for ever. Nothing was recorded. Leave it out of the text.
not_verified: Bytes do not prove what they claim. The layer names the check that failed.
not_canonical: JSON is not written in the one accepted spelling of its value (RFC 8785).
bad_entry: An entry or event has a missing, extra or malformed member.
broken_chain: An entry does not continue the one before it in number, hash or time.
bad_signature: A signature does not verify, or its key may not sign here.
bad_proof: A Merkle proof or tree does not add up to the root it should.
bad_disclosure: A disclosed text does not belong to any digest in the log, or is malformed.
bad_note: A signed note, such as a checkpoint, is not in the one accepted form.
bad_checkpoint: A checkpoint is not signed with every key that the log had at that size, or belongs
    to another log.
bad_tile: A published tile, entry bundle or path is not in its one accepted form.
quorum_not_met: Fewer witnesses cosigned the checkpoint than the policy asks for.
bad_time_stamp: A time-stamp token does not verify, or speaks of other bytes.
bad_evidence: A captured file does not have the bytes that the log names by their hash.
refused: The request is clear, and the ledger says no. The message says by which rule.
rule_violation: The ledger's rules forbid this event at this point.
conflict: Something else is already recorded under this id, key or place.
too_long: A published file has more bytes than one of its kind can have. It is not read on.
already_said: A claim without a key says exactly what another one says that counts or awaits review.
    Give it a key, or record it again on purpose with `record --again`.
would_fork: A checkpoint would contradict one that was signed or published before: the log is
    shorter or different now. As a rule an older backup was restored. Nothing was signed.
rolled_back: The log is shorter than this machine has sealed or verified it before, or has other
    entries: as a rule an older backup was restored. Nothing was added. Bring back the newer
    database.
not_completed: The work could not be done here and now. Nothing was decided about it.
no_ledger: There is no ledger at this address. Opening one never creates it.
schema_mismatch: The database was made by another version of this program, or tables of it are
    missing.
other_version: The log was made by another version of this program, whose events this one does not
    read. Use that version, or record the claims in a new ledger.
store_busy: Another writer held the database longer than we were willing to wait.
commit_unknown: The connection was lost while the database was asked to commit. Look whether the
    entry is there before recording it again; with a key, recording it again is harmless.
unreachable: A directory, store or service could not be read or written just now.
witness_refused: A witness answered, but gave no cosignature. The message says why.
# layers
log: The check of a log as a whole.
canonical: The check that every entry is in the one accepted spelling (RFC 8785).
format: The check that every entry has exactly the members it must have.
seq: The check that entries are numbered from zero without a gap.
prev: The check that every entry names the hash of the one before it.
recorded_at: The check that the time of recording never goes back.
schema: The check that every event has the shape of its type and version; of a database also that
    every table, index and guard in it is defined as this version defines it.
signature: The check of every event's signature against its author's key.
key: The check that the signing key was its actor's and in force at that entry.
rules: The check that every event was allowed by the ledger's rules when it was recorded.
leaf: The check that the stored hash of every entry is that of its bytes.
tree: The check that stored tree nodes and roots follow from the entries (RFC 9162).
columns: The check that the columns of a database say the same as the bytes they stand beside: an
    entry, a sealed or cosigned checkpoint, a time-stamp, a report that cites a file.
storage: The database's own check of its files and indexes (SQLite's integrity check, PostgreSQL's
    amcheck): a row must be found by an index as by a scan.
disclosure: The check that disclosed texts match the digests in the log (RFC 9901).
views: The check that the derived tables are what a rebuild from the log gives.
checkpoint: The check that the log signed a checkpoint with every key in force.
tiles: The check that published tiles and bundles are whole and in their one form.
cosignature: The check that enough independent witnesses vouch for a checkpoint.
time_stamp: The check of time-stamp tokens against a given authority (RFC 3161).
evidence: The check that captured files have the bytes that the log names.
trust: The check that the log is the one whose key or id was given.
remembered: The check against what this machine remembers of the ledger. A smaller log, or another
    root at the remembered size, is a rollback or a fork.
# times
as_of: The day the law is asked for, such as 2025-07-08. Without it: today, in the ledger's time
    zone. A day more than a year from today is answered with a note.
known_at: What the ledger held when: @42 means up to and including entry 42. @head is the last
    entry, a day means everything recorded to its end in the ledger's time zone, and @none stands
    before the first entry. What is ahead of the log is answered from its head, with a note.
point: A day of the law and what was known, such as 2025-07-08@42. A day alone is as known at the
    head, @42 alone is today as known at entry 42.
size: How many entries a checkpoint or proof covers. Entries are numbered from 0: the last of a log
    of size 43 is @42.
"""
GLOSSARY: Mapping[str, str] = MappingProxyType(
    {
        term: " ".join(paragraph.split())
        for term, paragraph in re.findall(r"^([\w:]+): (.*(?:\n .*)*)", _TEXT, re.MULTILINE)
    }
)


def lookup(term: str) -> str:
    """Return the paragraph for a term. Raises UnknownId with the nearest terms.

    Case does not matter, and spaces and hyphens count as underscores. ``walked_back:<claim>`` is
    looked up by its stem where it has no paragraph, ``recognition:<flag>`` by that flag.
    """
    wanted = term.strip().lower().replace(" ", "_").replace("-", "_")
    for name in (wanted, wanted.removeprefix(_ON_RECOGNITION), wanted.partition(":")[0]):
        if name in GLOSSARY:
            return GLOSSARY[name]
    nearest = difflib.get_close_matches(wanted, GLOSSARY, n=3, cutoff=0.5)
    raise UnknownId("term", term, nearest)


def short(term: str) -> str:
    """Return the first sentence of a term's paragraph. Raises UnknownId as :func:`lookup` does."""
    paragraph = lookup(term)
    end = paragraph.find(". ")
    return paragraph if end < 0 else paragraph[: end + 1]
