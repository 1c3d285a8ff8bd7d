"""The words of an answer: statuses, reasons, views, and which status is the stricter one."""

from collections.abc import Mapping
from typing import Literal

View = Literal["prudential", "normative"]
Status = Literal["prohibited", "under_framework", "undetermined", "legal"]
BasisKind = Literal["norm", "declared", "none"]
# Where imprecise dates or several norms leave more than one, the first of these is the answer.
STATUSES: tuple[Status, ...] = ("prohibited", "under_framework", "undetermined", "legal")
RECOGNITIONS = ("not_recognised", "undetermined", "recognised")
# Why no norm gives a status: the first that fits.
REASONS = (
    "suspended",
    "outside_regime",
    "lapsed",
    "not_yet_in_force",
    "statements_only",
    "proposals_only",
    "commitments_only",
    "no_claims",
)
STATUS_OF: Mapping[str, str] = {  # by the effect of a norm
    "prohibit": "prohibited",
    "authorise": "under_framework",
    "permit": "legal",
    "recognise": "recognised",
    "not_recognise": "not_recognised",
}
STALE_AFTER = 365  # days after which a claim that was not confirmed is stale
RECOGNITION_EFFECTS = frozenset({"recognise", "not_recognise"})
# Recognition is decided by the same rules on a scale of its own.
STRICTNESS: Mapping[str, int] = {
    "prohibited": 3,
    "under_framework": 2,
    "legal": 1,
    "not_recognised": 3,
    "recognised": 1,
}
