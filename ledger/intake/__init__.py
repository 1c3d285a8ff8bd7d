"""Files that people write, read strictly: claims, definitions, and templates to start from."""

from ledger.intake.claim_template import claim_template, field_meanings
from ledger.intake.claims_file import Format, ParsedClaim, read_claims
from ledger.intake.csv_template import csv_template, worked_example
from ledger.intake.definitions_file import ParsedDefinition, read_definitions

__all__ = [
    "Format",
    "ParsedClaim",
    "ParsedDefinition",
    "claim_template",
    "csv_template",
    "field_meanings",
    "read_claims",
    "read_definitions",
    "worked_example",
]
