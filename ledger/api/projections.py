"""``ledger.projections``: the tables folded from the entries, caught up or folded again."""

from ledger.api.opened_ledger import OpenLedger
from ledger.api.recorder import Recorder
from ledger.progress import Progress
from ledger.projections import status_follow
from ledger.projections import view_tables as projections
from ledger.projections.status_follow import Standing
from ledger.verify.scratch_replay import replayed, swap


class Projections:
    """The projections of the log: claims stand at its head, statuses follow each append."""

    def __init__(self, base: OpenLedger, recorder: Recorder) -> None:
        self._base = base
        self._recorder = recorder

    def defer(self) -> None:
        """Leave the status projection behind the appends that follow, until :meth:`catch_up`."""
        self._base.following = False

    def catch_up(self, *, jobs: int | None = None, progress: Progress | None = None) -> Standing:
        """Bring the status projection to the head, and let it follow from now on.

        ``jobs`` is the number of processes, by default one for each core where there is much to do;
        ``progress`` counts places. Return where it stands then. Raises StoreBusy.
        """
        self._base.following = True
        return status_follow.follow(self._base.store, jobs=jobs, progress=progress)

    def standing(self) -> Standing:
        """Return where the status projection stands: it may be behind the log."""
        with self._base.store.reading() as conn:
            return status_follow.standing(conn, self._base.store)

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
