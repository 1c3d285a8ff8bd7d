"""The one dialog that signs: what is signed, by whom, and last the passphrase.

People used to it type the passphrase as soon as the dialog is there. So the keys go to the
passphrase from the first moment on, or to a list that takes no letters, and never to a text that is
going to be signed; such a text is reached by going there.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from ledger import api
from ledger.errors import BadKey, RegledgerError, WrongPassphrase
from tui.app_config import AppConfig
from tui.dialogs.modal import Modal
from tui.ledger_source import LedgerSource
from tui.text.styled_pieces import Paragraph
from tui.text.styles import safe
from tui.unlocked_keys import open_key
from tui.widgets.inputs import PassphraseInput
from tui.widgets.prose import Prose

R = TypeVar("R")
_LOW: Final = 30  # lines of a terminal below which lists are cut shorter
NO_KEY: Final = (
    "Nothing can be signed here. To sign: make a key with `regledger key new NAME`, ask for "
    "enrolment with `regledger key request NAME`, have the administrator run `regledger actor "
    "enroll`, then start `regledger --as NAME tui`."
)


@dataclass(frozen=True, slots=True)
class ChosenSigner:
    """An actor who signs, with the opened key."""

    actor: str
    signer: api.Signer


@dataclass(frozen=True, slots=True)
class SignedMatter:
    """The matter that is signed: its words, who recorded it, and the reasons that may be given."""

    words: tuple[Paragraph, ...]
    authors: frozenset[str] = frozenset()
    codes: tuple[str, ...] = ()
    ledger: str = ""  # the id of that from which it was read


@dataclass(frozen=True, slots=True)
class PossibleSigner:
    """An actor whose key is here. ``doubt`` says why the rules will refuse it, "" if they won't."""

    actor: str
    doubt: str = ""


def candidates(
    source: LedgerSource, config: AppConfig, role: str, *, authors: Iterable[str] = ()
) -> tuple[PossibleSigner, ...]:
    """Return the actors whose keys are here, those the rules allow first.

    ``authors`` recorded what is reviewed: with the role of a reviewer they learn that four eyes
    are needed; with the role ``author`` only they can do it.
    """
    enrolled = {actor.slug: actor for actor in source.book.actors.all()}
    wrote = set(authors)
    found = []
    for name in dict.fromkeys([*([config.actor] if config.actor else ()), *config.keys()]):
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
        found.append(PossibleSigner(name, doubt))
    return tuple(sorted(found, key=lambda one: bool(one.doubt)))


class SigningDialog(Modal[R]):
    """Shows what is signed and asks who signs; each passphrase is asked for once and not kept.

    Subclasses give :meth:`matter` and :meth:`signed`, and what else is signed with it.
    """

    AUTO_FOCUS = "#passphrase"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (_LOW, "-tall")]  # noqa: RUF012  # declared by Textual
    BINDINGS: ClassVar[list[Binding]] = [
        Binding("up", "app.focus_previous", "Field above", show=False),
        Binding("down", "app.focus_next", "Field below", show=False),
    ]
    DEFAULT_CSS = """
    SigningDialog {
        & > .box { overflow-y: auto; scrollbar-size-vertical: 1; }
        & #what { height: 1; background: $surface; margin: 0 0 1 0; }
        & #secret { height: auto; }
        & .-unasked { display: none; }
        &.-low #people { max-height: 4; }
        &.-low #reasons { max-height: 3; }
        &.-low.-coded #people { max-height: 2; }
    }
    """

    def __init__(self, title: str, *, role: str, verb: str = "Sign and record") -> None:
        super().__init__()
        self._heading, self._role, self._verb = title, role, verb
        self._matter: SignedMatter | None = None
        self._people: tuple[PossibleSigner, ...] = ()
        self._actor: str | None = None  # under the cursor
        self._opened: dict[str, api.Signer] = {}  # keys that need no passphrase
        self._busy = False

    @abstractmethod
    def matter(self, source: LedgerSource) -> SignedMatter:
        """Return what it is about; runs in a worker."""

    @abstractmethod
    def signed(self, signing: ChosenSigner) -> None:
        """Go on with the opened key."""

    def reasons(self) -> Iterable[Widget]:
        """Return what is chosen, above who signs."""
        return ()

    def texts(self) -> Iterable[Widget]:
        """Return what is typed and signed, above the passphrase."""
        return ()

    def words(self, matter: SignedMatter) -> Sequence[Paragraph]:
        """Return everything that is signed, as it is signed."""
        return matter.words

    def complete(self) -> bool:
        """Return whether nothing is missing; else say what."""
        return True

    def compose(self) -> ComposeResult:
        """Yield what is signed, by whom, with which passphrase."""
        with Vertical(classes="box"):
            yield Static(self._heading, classes="title", markup=False)
            yield Prose(id="what")
            yield from self.reasons()
            yield Static("Who signs?", classes="label", markup=False)
            yield OptionList(id="people", compact=True)
            yield from self.texts()
            with Vertical(id="secret"):
                yield Static("Passphrase", id="whose", classes="label", markup=False)
                yield PassphraseInput(id="passphrase")
            yield Static("", id="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(self._verb, id="sign", variant="primary", compact=True, disabled=True)
                yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        """Read what it is about, and find out who could sign."""
        config, role = self.app.config, self._role

        def work(source: LedgerSource) -> tuple[SignedMatter, tuple[PossibleSigner, ...]]:
            matter = replace(self.matter(source), ledger=source.book.policy.ledger)
            return matter, candidates(source, config, role, authors=matter.authors)

        self.ask(work, lambda found: self.meet(*found))

    def meet(self, matter: SignedMatter, people: tuple[PossibleSigner, ...]) -> None:
        """Show what was read."""
        self._matter, self._people = matter, people
        self.show_matter()
        if not people:
            self.show_error(BadKey("there is no key here", hint=NO_KEY))
            return
        listed = self.query_one("#people", OptionList)
        for one in people:
            words = f"{one.actor}  ({one.doubt})" if one.doubt else one.actor
            listed.add_option(Option(safe(words), id=one.actor))
        listed.highlighted = 0
        self.query_one("#sign", Button).disabled = False

    def show_matter(self) -> None:
        """Show what is signed as it stands now."""
        if self._matter is not None:
            what = self.query_one("#what", Prose)
            words = self.words(self._matter)
            what.can_focus = len(words) > 1
            what.show_paragraphs(words, top=False)
            self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Fit the text to what is signed, within the room that the rest leaves."""
        what = self.query_one("#what", Prose)
        box = self.query_one(".box")
        others = box.virtual_size.height - what.outer_size.height
        room = self.size.height * 96 // 100 - 2 - others
        what.styles.height = max(2, min(what.count, room))

    def on_resize(self) -> None:
        """Fit the dialog to the terminal."""
        self.call_after_refresh(self._fit)

    @on(OptionList.OptionHighlighted, "#people")
    def other_actor(self) -> None:
        """See whether this key needs a passphrase."""
        at = self.query_one("#people", OptionList).highlighted
        if at is None or not self._people:
            return
        actor, before = self._people[at].actor, self._actor
        self._actor = actor
        if before is not None:  # else what was typed so far was meant for this one
            self.hide_error()
            self.query_one(PassphraseInput).take()
        if self._held(actor) is not None:
            self._need(asked=False)
            return
        config = self.app.config

        def without(source: LedgerSource) -> api.Signer | RegledgerError:
            del source
            try:
                return open_key(config, actor, None)
            except RegledgerError as error:
                return error

        self.ask(without, lambda found: self._tried(actor, found))

    @property
    def ledger(self) -> str:
        """Return the id of the ledger from which what is signed was read."""
        return self._matter.ledger if self._matter is not None else ""

    @property
    def chosen(self) -> str | None:
        """Return the actor under the cursor."""
        return self._actor

    def _held(self, actor: str) -> api.Signer | None:
        return self.app.keyring.get(actor) or self._opened.get(actor)

    def _tried(self, actor: str, found: api.Signer | RegledgerError) -> None:
        if actor != self._actor:
            return
        if isinstance(found, WrongPassphrase):
            self.query_one("#whose", Static).update(safe(f"Passphrase of {actor}"))
            self._need(asked=True)
        elif isinstance(found, RegledgerError):
            self.show_error(found)
        else:
            self._opened[actor] = found
            self._need(asked=False)

    def _need(self, *, asked: bool) -> None:
        """Show or hide the passphrase. Hidden, it hands the keys to the button, not to a text."""
        box, button = self.query_one(PassphraseInput), self.query_one("#sign", Button)
        if not asked:
            box.take()
        if box.has_focus and not asked:
            button.focus()
        self.query_one("#secret").set_class(not asked, "-unasked")
        if asked and button.has_focus:
            box.focus()
        self.call_after_refresh(self._fit)

    def go_on(self) -> None:
        """Go to what is left to be done: the passphrase, or the button."""
        asked = not self.query_one("#secret").has_class("-unasked")
        (self.query_one(PassphraseInput) if asked else self.query_one("#sign")).focus()

    @on(OptionList.OptionSelected, "#people")
    @on(PassphraseInput.Given)
    @on(Button.Pressed, "#sign")
    def sign(self) -> None:
        """Open the key, unless it is open, and go on."""
        actor = self._actor
        if actor is None or self._matter is None or self._busy or not self.complete():
            return
        held = self._held(actor)
        if held is not None:
            self._done(actor, held)
            return
        secret = self.query_one(PassphraseInput).take()
        if not secret:
            self.go_on()
            return
        config = self.app.config
        self.busy(on=True)
        self.ask(lambda _: open_key(config, actor, secret), lambda found: self._open(actor, found))

    def _open(self, actor: str, signer: api.Signer) -> None:
        self.busy(on=False)
        if actor == self._actor:  # else another name is under the cursor by now
            self._done(actor, signer)

    def busy(self, *, on: bool) -> None:
        """Take no other answer while one is worked on, and let nothing of it be changed."""
        self._busy = on
        self.query_one("#sign", Button).disabled = on or not self._people
        for widget in self.query("SafeInput, OptionList"):
            widget.disabled = on

    def _done(self, actor: str, signer: api.Signer) -> None:
        self.app.keyring.put(actor, signer)
        self.signed(ChosenSigner(actor, signer))

    def show_error(self, error: RegledgerError) -> None:
        """Show it, and let it be tried again; a passphrase that was typed is gone."""
        if isinstance(error, WrongPassphrase):
            error = BadKey("That passphrase does not open the key.", hint="Type it again.")
        super().show_error(error)
        if not self.is_mounted:
            return
        self.busy(on=False)
        self.call_after_refresh(self._fit)
        if self._actor is not None and self._held(self._actor) is not None:
            self._need(asked=False)
        if self._people:
            self.go_on()

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Sign nothing."""
        self.action_leave()


class SignFormDialog(SigningDialog["ChosenSigner | None"]):
    """Signs what was filled in on the page below, which goes on with the opened key."""

    def __init__(
        self, title: str, what: Sequence[Paragraph], *, role: str, verb: str = "Sign and record"
    ) -> None:
        super().__init__(title, role=role, verb=verb)
        self._what = tuple(what)

    def matter(self, source: LedgerSource) -> SignedMatter:
        """Return what was filled in."""
        del source
        return SignedMatter(self._what)

    def signed(self, signing: ChosenSigner) -> None:
        """Hand over who signs."""
        self.dismiss(signing)
