"""Ending calls early, several backends, silence, broken files, closing."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("llama_cpp", reason="llama.cpp is not installed (extra `local`)")
pytest.importorskip("llguidance", reason="llguidance is not installed (extra `local`)")
pytest.importorskip("gguf", reason="gguf is not installed (group `test`)")

from model.llama import LlamaBackend, masks
from model.protocol import BackendError, Completion, Grammar, GrammarError
from tests.small_grammar import KUBECTL, MOVE, prompt

ROOT = Path(__file__).parents[3]


def test_a_cancelled_call_returns_what_it_has(nano: LlamaBackend) -> None:
    cancel = threading.Event()
    answers: list[Completion] = []
    question = prompt("tell me everything")
    worker = threading.Thread(
        target=lambda: answers.append(
            nano.complete(question, None, max_tokens=900, temperature=1.0, cancel=cancel)
        )
    )
    worker.start()
    time.sleep(0.05)
    cancel.set()
    worker.join(20)
    assert not worker.is_alive()
    assert answers[0].stopped == "cancelled"
    cancel.set()
    before = nano.complete(prompt("x"), KUBECTL, cancel=cancel)
    assert before.stopped == "cancelled"
    assert before.text.strip() in ("", "kubectl")  # forced; nothing was computed


def test_a_deadline_ends_reading_and_writing(magos: LlamaBackend) -> None:
    long = prompt("pods and services " * 200)
    began = time.monotonic()
    answer = magos.complete(long, None, max_tokens=400, temperature=1.0, deadline_s=0.1)
    assert answer.stopped == "cancelled"
    assert time.monotonic() - began < 5  # one forward pass of 128 tokens, on a machine under load
    again = magos.complete(long, KUBECTL, temperature=1.0)
    assert MOVE.fullmatch(again.text)  # what was read so far is sound


def test_two_backends_live_in_one_process_and_threads_queue_up(
    nano: LlamaBackend, magos: LlamaBackend
) -> None:
    texts: list[str] = []

    def work(backend: LlamaBackend) -> None:
        for number in range(5):
            answer = backend.complete(prompt(f"q{number}"), KUBECTL, temperature=1.0)
            texts.append(answer.text)

    workers = [threading.Thread(target=work, args=(one,)) for one in (nano, magos, nano, magos)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(texts) == 20
    assert all(MOVE.fullmatch(text) for text in texts)


def test_nothing_is_written_to_stderr(nano_file: Path) -> None:
    program = f"""
from pathlib import Path
from model.llama import LlamaBackend
from model.protocol import BackendError, Grammar
from tests.small_grammar import KUBECTL, prompt
for name in ("nano", "magos"):
    with LlamaBackend(Path({str(nano_file)!r}), name, 256, 1) as backend:
        print(backend.complete(prompt("x"), KUBECTL).stopped)
        try:
            backend.complete(prompt("x"), Grammar(syntax="lark", text="start: ("))
        except BackendError:
            print("error")
try:
    LlamaBackend(Path(__import__("sys").executable))
except BackendError:
    print("error")
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["done", "error"] * 2 + ["error"]
    assert ran.stderr == ""


def test_files_that_are_no_model_are_refused_in_words(nano_file: Path, tmp_path: Path) -> None:
    whole = nano_file.read_bytes()
    cut = {"empty": 0, "header": 20, "tokens": 50_000, "weights": len(whole) // 2}
    for name, size in cut.items():
        path = tmp_path / f"{name}.gguf"
        path.write_bytes(whole[:size])
        with pytest.raises(BackendError, match=rf"{name}\.gguf does not load: .{{10}}") as told:
            LlamaBackend(path)
        assert str(told.value).count("load") == 1  # the reason, and not that it failed once more
    (tmp_path / "text.gguf").write_text("<html>not found</html>" * 100)
    with pytest.raises(BackendError, match="does not load"):
        LlamaBackend(tmp_path / "text.gguf")
    with pytest.raises(BackendError, match="there is no model file"):
        LlamaBackend(tmp_path / "missing.gguf")
    with pytest.raises(BackendError, match="there is no model file"):
        LlamaBackend(tmp_path)


def test_a_closed_backend_says_so(nano_file: Path) -> None:
    backend = LlamaBackend(nano_file, context=128, threads=1)
    backend.close()
    backend.close()
    with pytest.raises(BackendError, match="closed"):
        backend.complete(prompt("x"), KUBECTL)
    with pytest.raises(BackendError, match="closed"):
        backend.count(prompt("x"))


def test_a_compiler_counts_from_its_start(
    nano: LlamaBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing frees what compilers read, unless one is known to be at work: no moment may be between."""
    go, cancel = threading.Event(), threading.Event()
    cancel.set()
    monkeypatch.setattr(masks.Masks, "_compile_into", lambda *_: go.wait(20))
    try:
        fresh = Grammar(syntax="lark", text='start: "x" "y" "z"')
        assert nano.complete(prompt("x"), fresh, cancel=cancel).stopped == "cancelled"
        assert nano._compiler().compiling == 1
    finally:
        go.set()


def test_compiling_ends_with_the_deadline_and_when_cancelled(
    nano: LlamaBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiling = threading.Event()
    slow = masks._source

    def held(grammar: Grammar) -> str:
        compiling.wait(20)
        return slow(grammar)

    monkeypatch.setattr(masks, "_source", held)
    never = Grammar(syntax="lark", text='start: "a" "b" "c"')
    cancel = threading.Event()
    cancel.set()
    try:
        for limits in ({"deadline_s": 0.1}, {"cancel": cancel}):
            began = time.monotonic()
            answer = nano.complete(prompt("x"), never, **limits)
            assert (answer.stopped, answer.text) == ("cancelled", "")
            assert time.monotonic() - began < 5
        with pytest.raises(GrammarError, match="still being compiled"):
            nano.complete(prompt("x"), never)
    finally:
        compiling.set()
    end = time.monotonic() + 10
    while nano._compiler().compiling and time.monotonic() < end:
        time.sleep(0.01)
    assert nano.complete(prompt("x"), never).text == "abc"
