"""``ledger.projections``: the tables folded from the entries, caught up or folded again."""

from ledger.api.opened_ledger import OpenLedger
from ledger.api.recorder import Recorder
from ledger.progress import Progress
from ledger.projections import view_tables as projections
from ledger.verify.scratch_replay import replayed, swap


class Projections:
    """The projections of the log; an append keeps them at the head."""

    def __init__(self, base: OpenLedger, recorder: Recorder) -> None:
        self._base = base
        self._recorder = recorder

    def defer(self) -> None:
        """Leave the status projection behind the appends that follow, until :meth:`catch_up`."""
        self._base.following = False

    def catch_up(self) -> None:
        """Bring the status projection to the head, and keep it there from now on."""
        self._base.following = True
        self._base.follow_status()

    def rebuild(self, *, progress: Progress | None = None) -> dict[str, tuple[str, str]]:
        """Fold every projection again from the entries and swap it in.

        Returns name -> (digest before, digest after); they differ only if it was damaged. Raises
        NotVerified where the log itself cannot be folded; nothing is changed then.
        """
        store = self._base.store
        with store.reading() as conn:
            before = {name: projections.digest(conn, name) for name in projections.VERSIONS}
        with replayed(store, progress=progress) as (replay, size):
            swap(store, replay, size)
        self._recorder.forget()
        self._base.drop_caches()
        self.catch_up()
        with store.reading() as conn:
            return {name: (old, projections.digest(conn, name)) for name, old in before.items()}
