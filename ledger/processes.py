"""Worker processes that may die at any moment, also while they hand back an answer.

``ProcessPoolExecutor`` has one pipe for the answers of all workers, and every process holds its
writing end open. An answer larger than the pipe's buffer (64 KiB on Linux) is written in pieces: a
worker that is killed between two of them leaves half a message and no end of the file, and whoever
waits for the rest waits for ever. Here each worker has a pipe of its own, whose other end only the
worker holds. When it dies, that end is closed, and the reader learns of it.
"""

import signal
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")
_Task = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class WorkerProcesses(Executor):
    """An executor of processes; a task whose worker died raises BrokenExecutor."""

    def __init__(self, count: int, begin: Callable[[], object] | None = None) -> None:
        """Start ``count`` processes, each of which calls ``begin`` first."""
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._workers = [_Worker(begin) for _ in range(count)]
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(count)  # each waits for a worker

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Have a worker call ``fn``; function, arguments and answer are pickled."""
        return self._threads.submit(self._run, (fn, args, kwargs))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 -- as the base class has it
        """End the workers when they have done what they have in hand."""
        self._threads.shutdown(wait=wait, cancel_futures=cancel_futures)
        for worker in self._workers:
            worker.end()

    def _run(self, task: _Task) -> Any:
        worker = self._idle.get()
        try:
            return worker.run(task)
        finally:
            self._idle.put(worker)


class _Worker:
    """One process and the end of its pipe; it has at most one task in hand."""

    def __init__(self, begin: Callable[[], object] | None) -> None:
        # Spawned, never forked: a fork would share database connections, locks held by threads, and
        # the ends of the other workers' pipes.
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, begin), daemon=True)
        self._process.start()
        theirs.close()

    def run(self, task: _Task) -> Any:
        """Return what the task returns, or raise what it raises.

        Raises BrokenExecutor: the process is gone.
        """
        try:
            self._pipe.send(task)
            good, answer = self._pipe.recv()
        except (EOFError, OSError):  # nothing, or half an answer, and then the end of the file
            raise BrokenExecutor("a worker process died") from None
        if not good:
            raise answer
        return answer

    def end(self) -> None:
        """Let the process end, and wait for it."""
        self._pipe.close()
        self._process.join()


def _serve(pipe: "Connection[Any, Any]", begin: Callable[[], object] | None) -> None:
    """Do tasks until the other end is closed; an interrupt is for the process that waits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if begin is not None:
        begin()
    while True:
        try:
            fn, args, kwargs = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer = (True, fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 -- raised where the answer is waited for
            answer = (False, error)
        pipe.send(answer)
