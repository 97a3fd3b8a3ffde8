"""llama.cpp itself: imported on first use, silent, its last complaints kept for our error texts."""

from __future__ import annotations

import ctypes
import os
import re
import threading
from collections import deque
from typing import Any

from model.protocol import BackendError

_ERROR = 4  # GGML_LOG_LEVEL_ERROR of ggml.h
_WHERE = re.compile(r"^(?:error loading model: |\w+: )+")  # the C++ functions it happened in
_EMPTY = re.compile(r"failed to load model\b")  # said in the end, whatever went wrong
_lock = threading.Lock()
_complaints: deque[str] = deque(maxlen=8)
_loaded: list[Any] = []
"""The package and its log callback: C keeps a pointer to the latter, so it lives as long as we do."""


def llama() -> Any:
    """The package `llama_cpp`, ready to use. Raises BackendError where it is not installed or broken."""
    with _lock:
        if not _loaded:
            # OpenMP threads that wait by spinning make a forward pass 20 to 80 times slower as soon as
            # another program wants the CPUs. Read once, when the library loads.
            os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
            try:
                import llama_cpp
            except ImportError as error:
                raise BackendError(
                    f"llama.cpp is not installed ({error}): pip install 'magos-agent[local]'"
                ) from error
            except (OSError, RuntimeError) as error:  # its shared library does not load here
                raise BackendError(f"llama.cpp does not load on this machine: {error}") from error
            callback = llama_cpp.llama_log_callback(_log)
            llama_cpp.llama_log_set(callback, ctypes.c_void_p(0))
            llama_cpp.llama_backend_init()
            _loaded.extend((llama_cpp, callback))
    return _loaded[0]


def complaint(otherwise: str) -> str:
    """The errors that llama.cpp logged since the last call, or `otherwise` where there were none."""
    lines = [_complaints.popleft() for _ in range(len(_complaints))]
    return "; ".join(lines) or otherwise


def _log(level: int, text: bytes, _data: object) -> None:
    line = _WHERE.sub("", text.decode("utf-8", "replace").strip())
    if level == _ERROR and line and line not in _complaints and not _EMPTY.match(line):
        _complaints.append(line)
