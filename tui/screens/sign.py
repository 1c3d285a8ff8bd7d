"""Who signs, and with which passphrase: the last step before anything goes into the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from ledger.errors import BadKey, RegledgerError, WrongPassphrase
from tui.keyring import open_key
from tui.look import safe
from tui.screens.modal import Modal
from tui.widgets.inputs import PassphraseInput
from tui.widgets.prose import Paragraph, Prose

if TYPE_CHECKING:
    from ledger.log.keys import Signer
    from tui.launch import Launch
    from tui.source import Source

NO_KEY: Final = (
    "Nothing can be signed here. To sign: make a key with `regledger key new NAME`, ask for "
    "enrolment with `regledger key request NAME`, have the administrator run `regledger actor "
    "enroll`, then start `regledger --as NAME tui`."
)


@dataclass(frozen=True, slots=True)
class Signing:
    """Somebody who signs, with their key open."""

    actor: str
    signer: Signer


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whose key is here. ``doubt`` says why the rules will refuse it, "" if they won't."""

    actor: str
    doubt: str = ""


def candidates(
    source: Source, launch: Launch, role: str, *, authors: Iterable[str] = ()
) -> tuple[Candidate, ...]:
    """Everybody whose key is here: who may do it first, and of these the one named at the start.

    ``authors`` recorded what is reviewed: with the role of a reviewer they are told that four eyes
    are needed; with the role ``author`` only they can do it.
    """
    enrolled = {actor.slug: actor for actor in source.book.actors()}
    wrote = set(authors)
    found = []
    for name in dict.fromkeys([*([launch.actor] if launch.actor else ()), *launch.keys()]):
        actor = enrolled.get(name)
        if actor is None or not actor.keys:
            doubt = "is not enrolled in this ledger"
        elif role == "author":
            doubt = "" if wrote == {name} else "did not record this"
        elif not set(role.split(" or ")) & set(actor.roles):
            doubt = f"is not a {role}"
        elif name in wrote:
            doubt = "recorded this: somebody else must review it"
        else:
            doubt = ""
        found.append(Candidate(name, doubt))
    return tuple(sorted(found, key=lambda one: bool(one.doubt)))


class SignDialog(Modal[Signing | None]):
    """Asks who signs; the passphrase is asked for once, and the opened key kept for a while."""

    DEFAULT_CSS = """
    SignDialog {
        & #what { height: auto; max-height: 40%; background: $surface; margin: 0 0 1 0; }
        & #secret { display: none; height: auto; }
        & #secret.-asked { display: block; }
    }
    """

    def __init__(
        self,
        title: str,
        what: Sequence[Paragraph],
        *,
        role: str,
        authors: Iterable[str] = (),
        verb: str = "Sign and record",
    ) -> None:
        super().__init__()
        self._heading = title
        self._what = tuple(what)
        self._role = role
        self._authors = frozenset(authors)
        self._verb = verb
        self._people: tuple[Candidate, ...] = ()
        self._opened: dict[str, Signer] = {}  # keys that need no passphrase

    def compose(self) -> ComposeResult:
        """What is signed, by whom, with which passphrase."""
        with Vertical(classes="box"):
            yield Static(self._heading, classes="title", markup=False)
            yield Prose(id="what")
            yield Static("Who signs?", classes="label", markup=False)
            yield OptionList(id="people", compact=True)
            with Vertical(id="secret"):
                yield Static("", id="whose", classes="label", markup=False)
                yield PassphraseInput(id="passphrase")
            yield Static("", id="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(self._verb, id="sign", variant="primary", compact=True, disabled=True)
                yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        """Find out who could sign."""
        what = self.query_one("#what", Prose)
        what.can_focus = len(self._what) > 1
        what.tell(self._what)
        self.call_after_refresh(self._fit)
        launch, role, authors = self.app.launch, self._role, self._authors
        self.ask(lambda source: candidates(source, launch, role, authors=authors), self._meet)

    def _fit(self) -> None:
        """As high as what is signed takes, within what there is room for."""
        what = self.query_one("#what", Prose)
        what.styles.height = max(1, min(what.count, self.size.height * 4 // 10))

    def _meet(self, people: tuple[Candidate, ...]) -> None:
        self._people = people
        if not people:
            self.problem(BadKey("there is no key here", hint=NO_KEY))
            return
        listed = self.query_one("#people", OptionList)
        for one in people:
            words = f"{one.actor}  ({one.doubt})" if one.doubt else one.actor
            listed.add_option(Option(safe(words), id=one.actor))
        listed.highlighted = 0
        self.query_one("#sign", Button).disabled = False

    @property
    def chosen(self) -> str | None:
        """The actor under the cursor."""
        at = self.query_one("#people", OptionList).highlighted
        return self._people[at].actor if at is not None and self._people else None

    @on(OptionList.OptionHighlighted, "#people")
    def other_actor(self) -> None:
        """See whether this key needs a passphrase."""
        self.no_problem()
        actor, keyring = self.chosen, self.app.keyring
        if actor is None:
            return
        self.query_one(PassphraseInput).take()
        self.query_one("#secret").remove_class("-asked")
        if keyring.get(actor) is not None or actor in self._opened:
            self._ready()
            return
        launch = self.app.launch

        def without(source: Source) -> Signer | RegledgerError:
            del source
            try:
                return open_key(launch, actor, None)
            except RegledgerError as error:
                return error

        self.ask(without, lambda found: self._tried(actor, found))

    def _tried(self, actor: str, found: Signer | RegledgerError) -> None:
        if actor != self.chosen:
            return
        if isinstance(found, WrongPassphrase):
            self.query_one("#whose", Static).update(safe(f"Passphrase of {actor}"))
            self.query_one("#secret").add_class("-asked")
            if not isinstance(self.focused, OptionList) or len(self._people) == 1 or self._fresh():
                self.query_one(PassphraseInput).focus()
        elif isinstance(found, RegledgerError):
            self.problem(found)
        else:
            self._opened[actor] = found
            self._ready()

    def _fresh(self) -> bool:
        """Whether nobody has moved yet: then the cursor goes to what is to be done."""
        return self.query_one("#people", OptionList).highlighted == 0

    def _ready(self) -> None:
        if self._fresh():
            self.query_one("#sign", Button).focus()

    @on(OptionList.OptionSelected, "#people")
    @on(PassphraseInput.Given)
    @on(Button.Pressed, "#sign")
    def sign(self) -> None:
        """Open the key, unless it is open, and hand it over."""
        actor = self.chosen
        if actor is None:
            return
        held = self.app.keyring.get(actor) or self._opened.get(actor)
        if held is not None:
            self._done(actor, held)
            return
        box = self.query_one(PassphraseInput)
        secret = box.take()
        if not secret:
            if self.query_one("#secret").has_class("-asked"):
                box.focus()
            return
        launch = self.app.launch
        self.query_one("#sign", Button).disabled = True
        self.ask(lambda _: open_key(launch, actor, secret), lambda found: self._open(actor, found))

    def _open(self, actor: str, signer: Signer) -> None:
        self.query_one("#sign", Button).disabled = False
        if actor == self.chosen:  # else another name is under the cursor by now
            self._done(actor, signer)

    def _done(self, actor: str, signer: Signer) -> None:
        self.app.keyring.put(actor, signer)
        self.dismiss(Signing(actor, signer))

    def problem(self, error: RegledgerError) -> None:
        """A wrong passphrase is asked for again; what was typed is gone."""
        if isinstance(error, WrongPassphrase):
            error = BadKey("That passphrase does not open the key.", hint="Type it again.")
        super().problem(error)
        if self.is_mounted and self._people:
            self.query_one("#sign", Button).disabled = False
            if self.query_one("#secret").has_class("-asked"):
                self.query_one(PassphraseInput).focus()

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Sign nothing."""
        self.dismiss(None)
