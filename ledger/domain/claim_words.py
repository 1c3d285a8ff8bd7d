"""What the words of a claims file mean: its kinds, forces, effects, acts, stages and outcomes.

Each word has a sentence or two; a test holds the words of each group against the models.
"""

from collections.abc import Mapping
from typing import Final

KINDS: Final = {
    "norm": "A rule in an instrument: who may do what, since when. Only norms make a status.",
    "lifecycle": "An act on a rule or a whole instrument: a repeal, a stay, an extension. It names"
    " its target and its first day.",
    "decision": "A decision about one party, such as a licence. It is shown for that party and"
    " changes no status of others.",
    "declaration": "What a body or an office holder says the law is. In the prudential view the"
    " strictest one stands in where no norm decides.",
    "proposal": "A bill, draft or plan, with its stage. It changes nothing until it is a rule.",
    "commitment": "What a body says it will do or allot. It is listed, and gives no status.",
    "recommendation": "What somebody says ought to be done. It gives no status.",
    "context": "Worth keeping, with no bearing on a status.",
}
FORCES: Final = {
    "constitutional": "The constitution, or a text of its rank.",
    "supranational": "Binds directly in the members of a union, such as a regulation of the EU.",
    "primary": "Passed by a legislature, or an executive act that has the same force for a time,"
    " such as an ordinance.",
    "delegated": "Made under a power that another text gives; `enabling_instrument` names it.",
    "supervisory": "A supervisor's circular or directive, which binds the firms that it addresses.",
    "individual": "A decision for one party. It decides no status.",
    "institutional": "Published by a body without binding anybody: a release, guidance, a policy.",
    "official": "Said or written by somebody in office.",
    "report": "Hearsay, unnamed sources, private persons, officials of other places.",
    "judicial": "A court: it suspends, lifts or annuls rules, and is no rung among them.",
}
EFFECTS: Final = {
    "prohibit": "The rule forbids it: the status is prohibited.",
    "authorise": "The rule allows it to those who meet its conditions: the status is under"
    " framework.",
    "permit": "The rule allows it without conditions: the status is legal.",
    "recognise": "The rule gives the thing a quality, such as legal tender. It bears on the line of"
    " recognition only.",
    "not_recognise": "The rule denies the thing a quality, which prohibits nothing. It bears on the"
    " line of recognition only.",
}
ACTS: Final = {
    "repeal": "Ends its target: the day before the act's first day is the last.",
    "replace": "Ends its target as a repeal does, since a new rule, recorded by itself, takes its"
    " place.",
    "suspend": "Takes its target out of force for a time, to `until` or until an act lifts it: a"
    " stay, a moratorium.",
    "lift": "Ends a suspension: its target applies again.",
    "extend": "Gives its target a later last day, `until`. It must be made before the target has"
    " expired.",
    "revive": "Puts a target that has ended into force again.",
    "annul": "Ends its target by a court or a body above; with `ex_tunc` it was never in force.",
    "commence": "Brings a target into force that waits for it (`commencement: pending`).",
    "postpone": "Moves a first day of its target that still lies ahead to a later one, `at`.",
    "amend": "Changes the text of its target, and no days: the new text is a rule of its own.",
}
OUTCOMES: Final = {
    "granted": "The party may do it, on the terms of the decision.",
    "pre_cleared": "The party was told beforehand that nothing stands in its way.",
    "refused": "The party was refused.",
    "revoked": "An earlier decision for the party was taken back.",
}
STAGES: Final = {
    "idea": "Somebody spoke of it.",
    "drafting": "A text is being written.",
    "tabled": "It was put before the legislature, or out for comment.",
    "passed_lower": "The lower house passed it.",
    "passed_upper": "The upper house passed it.",
    "passed": "The legislature passed it.",
    "signed": "It was signed or assented to.",
    "gazetted": "It was published as law: record the rule that it became.",
    "enacted": "It became law; the proposal has ended.",
    "rejected": "It was voted down; the proposal has ended.",
    "vetoed": "Assent was refused; the proposal has ended.",
    "withdrawn": "Its makers took it back; the proposal has ended.",
    "lapsed": "It ended with the session or by time; the proposal has ended.",
}
# By the name of the group, in the order in which a claim has them.
CLAIM_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "kind of claim": KINDS,
    "force": FORCES,
    "effect": EFFECTS,
    "act": ACTS,
    "outcome": OUTCOMES,
    "stage": STAGES,
}
