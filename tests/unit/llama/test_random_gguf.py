"""The files: complete, the same for the same seed, and with a vocabulary that loses nothing."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("gguf", reason="gguf is not installed (group `test`)")

import gguf
import numpy as np

from model.protocol import Segment
from model.random_gguf import SHAPES, main
from model.random_vocabulary import made_up

ROOT = Path(__file__).parents[3]
TEXTS = [
    "kubectl get pods -n storefront -o json",
    "Pod/storefront/checkout-7d9f8c6b5-x2x4z container.exit.code = 137\n\ttab  two  spaces",
    "naïve 日本語 🙂 \r\n 1234567890 'don't' \"quoted\" \\ {}[]",
    "",
]


def test_the_command_line_writes_a_loadable_file(tmp_path: Path) -> None:
    out = tmp_path / "nano.gguf"
    argv = [sys.executable, "-m", "model.random_gguf", "--shape", "nano", "--layers", "1", str(out)]
    subprocess.run(argv, cwd=ROOT, check=True, capture_output=True)
    fields = gguf.GGUFReader(out).fields
    assert fields["qwen3.block_count"].contents() == 1
    assert fields["tokenizer.ggml.pre"].contents() == "qwen2"
    main(["--shape", "nano", "--layers", "1", str(tmp_path / "again.gguf")])
    assert (tmp_path / "again.gguf").read_bytes() == out.read_bytes()
    main(["--layers", "1", "--seed", "1", str(tmp_path / "other.gguf")])
    assert (tmp_path / "other.gguf").read_bytes() != out.read_bytes()
    with pytest.raises(SystemExit):
        main(["--layers", "0", str(out)])


def test_what_cannot_be_written_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = tmp_path / "here.gguf"
    here.write_text("mine")
    with pytest.raises(SystemExit) as usage:
        main([str(here)])
    assert usage.value.code == 2
    assert "--force" in capsys.readouterr().err
    assert here.read_text() == "mine"
    with pytest.raises(SystemExit) as failed:
        main([str(tmp_path / "nowhere" / "nano.gguf")])
    assert failed.value.code == 1
    assert "No such file" in capsys.readouterr().err

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(gguf.GGUFWriter, "write_tensor_data", full)
    with pytest.raises(SystemExit) as out_of_space:
        main(["--layers", "1", "--force", str(here)])
    assert out_of_space.value.code == 1
    assert "No space left" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["here.gguf"]
    assert here.read_text() == "mine"


def test_every_token_beyond_the_bytes_has_one_merge_of_earlier_ones() -> None:
    shape = SHAPES["nano"]
    vocabulary = made_up(shape.vocabulary, pad_to=9000, rng=np.random.default_rng(0))
    assert len(vocabulary.tokens) == len(set(vocabulary.tokens)) == len(vocabulary.types) == 9000
    place = {token: number for number, token in enumerate(vocabulary.tokens)}
    for offset, merge in enumerate(vocabulary.merges):
        left, right = merge.split(" ")
        assert max(place[left], place[right]) < place[left + right] == 256 + offset
    with pytest.raises(ValueError, match="256 bytes"):
        made_up(100, rng=np.random.default_rng(0))


@pytest.mark.parametrize("shape", ["nano", "magos"])
def test_texts_survive_the_tokeniser(shape: str, request: pytest.FixtureRequest) -> None:
    pytest.importorskip("llama_cpp", reason="llama.cpp is not installed (extra `local`)")
    weights = request.getfixturevalue(shape)._weights
    for text in TEXTS:
        tokens = weights.tokens([Segment(text=text)])
        assert weights.text(tokens) == text
    assert len(weights.tokens([Segment(text=TEXTS[0])])) < len(TEXTS[0]) / 2
