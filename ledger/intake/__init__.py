"""Files that people write, read strictly: claims, definitions, and templates to start from."""

from ledger.intake.claims_file import Format, Parsed, read_claims
from ledger.intake.definitions_file import ParsedDefinition, read_definitions
from ledger.intake.template import template

__all__ = [
    "Format",
    "Parsed",
    "ParsedDefinition",
    "read_claims",
    "read_definitions",
    "template",
]
