"""A real Chroma server on loopback, as the chromadb package ships it, started and ended by the tests."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx


class ChromaServer:
    def __init__(self, data: Path) -> None:
        self._data = data
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                self._process = self._launch()  # also where the port was still held by the one before
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0 and self._answers():
                    return
            time.sleep(0.2)
        raise RuntimeError("the Chroma server did not start within 120 s")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _launch(self) -> subprocess.Popen[bytes]:
        chroma = str(Path(sys.executable).with_name("chroma"))
        where = ["--path", str(self._data), "--host", "127.0.0.1", "--port", str(self._port)]
        return subprocess.Popen([chroma, "run", *where], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/v2/heartbeat", timeout=5).is_success
        except httpx.HTTPError:
            return False
