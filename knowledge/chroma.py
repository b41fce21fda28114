"""Where the index's vectors lie: in Chroma embedded in this process, or on a Chroma server.

Owns connections and the names of collections. Refuses to know what the vectors mean. A server's address is
``http://host:port`` or ``https://…``; several libraries may share one, each with collections of its own.
"""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from knowledge.errors import IndexAddress

_CONFIGURATION = {"hnsw": {"space": "cosine", "ef_search": 200, "ef_construction": 100}}


class Place(Protocol):
    """One place for the index; ``name`` is that of one build of it."""

    address: str
    """Empty where it is this process."""

    def open(self, name: str, *, new: bool) -> Any:
        """The collection of a build; raises what Chroma raises where an old one is not there."""

    def drop_others(self, name: str, previous: str) -> None:
        """Takes away builds that no longer hold."""

    def close(self) -> None: ...


def place_for(directory: Path, url: str) -> Place:
    """Raises IndexAddress where ``url`` is not an address of a server."""
    return ServerPlace(url) if url else EmbeddedPlace(directory)


def new_name() -> str:
    return f"bedside-{uuid.uuid4().hex[:12]}"


class EmbeddedPlace:
    """A folder for each build below ``directory``."""

    address = ""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._client: Any = None

    def open(self, name: str, *, new: bool) -> Any:
        import chromadb

        self.close()
        path = self._directory / name
        if new:
            path.mkdir(parents=True, exist_ok=True)
        elif not path.is_dir():
            raise FileNotFoundError(path.name)
        self._client = chromadb.PersistentClient(str(path), settings=_settings())
        return self._client.get_or_create_collection(
            "passages", embedding_function=None, configuration=_CONFIGURATION
        )

    def drop_others(self, name: str, previous: str) -> None:
        for old in self._directory.iterdir():
            if old.is_dir() and old.name != name:
                shutil.rmtree(old, ignore_errors=True)

    def close(self) -> None:
        if self._client is not None:
            close = getattr(self._client, "close", None)
            if close:
                close()
            self._client = None


class ServerPlace:
    """A collection for each build on the server at ``url``."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = 0
        if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
            raise IndexAddress(
                f"CHROMA_URL={url!r} is no address of a Chroma server. Write it as http://host:8000."
            )
        self.address = (
            f"{parts.scheme}://{parts.hostname}:{port or (443 if parts.scheme == 'https' else 8000)}"
        )
        self._host, self._port, self._ssl = (
            parts.hostname,
            int(self.address.rsplit(":", 1)[1]),
            parts.scheme == "https",
        )
        self._client: Any = None

    def open(self, name: str, *, new: bool) -> Any:
        client = self._connected()
        if new:
            return client.create_collection(name, embedding_function=None, configuration=_CONFIGURATION)
        return client.get_collection(name, embedding_function=None)

    def drop_others(self, name: str, previous: str) -> None:
        """Takes the library's own previous build away, never another library's."""
        if (
            previous
            and previous != name
            and previous in {c.name for c in self._connected().list_collections()}
        ):
            self._connected().delete_collection(previous)

    def answers(self) -> bool:
        """True where a server answers at the address."""
        import httpx

        try:
            return httpx.get(f"{self.address}/api/v2/heartbeat", timeout=5).is_success
        except httpx.HTTPError:
            return False

    def close(self) -> None:
        self._client = None

    def _connected(self) -> Any:
        import chromadb

        if self._client is None:
            self._client = chromadb.HttpClient(self._host, self._port, ssl=self._ssl, settings=_settings())
        return self._client


def _settings() -> Any:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)
