"""The codes that say why a claim is corrected, retracted, disputed or rejected."""

from typing import Literal

ReasonCode = Literal[
    "wrong_date",
    "wrong_activity",
    "wrong_effect",
    "wrong_force",
    "misread_source",
    "duplicate",
    "other",
]
