"""Fifty users at once on one machine: who is answered, who is told that it is busy, and how soon.

Owns the users and a model server of its own on this machine that takes a set time for each answer. Everything else is the
product: triage, line, search, writing, checking.
"""

from __future__ import annotations

import http.server
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evals.suite import Suite

USERS = 50
ANSWER_S = 2.0
QUEUE = 8
STREAMS = 2
_QUESTIONS = (
    "Which antibiotic treats community-acquired pneumonia?",
    "How is heart failure treated?",
    "What blood pressure is aimed at in adults?",
    "社区获得性肺炎用什么抗生素？",
    "I have crushing chest pain and cannot breathe. What now?",
)


def run(_: Path) -> dict[str, Any]:
    return measure(USERS)


def measure(users: int, *, answer_s: float = ANSWER_S) -> dict[str, Any]:
    """Each user asks once, all at the same moment. Seconds are from the question to the first word of any kind."""
    from assistant.config import Settings
    from assistant.wiring import build

    with tempfile.TemporaryDirectory() as home, _server(answer_s) as address:
        settings = Settings(
            bedside_home=Path(home), model=address, model_queue=QUEUE, model_streams=STREAMS, model_timeout_s=60,
            _env_file=None,
        )  # fmt: skip
        parts = build(settings)
        parts.library.search("warm up", 1)
        _ask(parts.conversation, _QUESTIONS[0])
        outcomes = _all_at_once(parts.conversation, users)
        parts.library.close()
    busy = [o["told_s"] for o in outcomes if o["ending"] == "busy"]
    placed = [o["told_s"] for o in outcomes if o["place"]]
    return {
        "users": users,
        "answered": sum(o["ending"] == "answered" for o in outcomes),
        "told_busy": len(busy),
        "failed_otherwise": sum(o["ending"] not in ("answered", "busy") for o in outcomes),
        "slowest_busy_s": round(max(busy, default=0.0), 2),
        "median_busy_s": round(statistics.median(busy), 2) if busy else 0.0,
        "told_their_place": len(placed),
        "slowest_place_s": round(max(placed, default=0.0), 2),
        "red_flags_without_answer": sum(o["emergency"] and not o["flagged"] for o in outcomes),
        "slowest_answer_s": round(
            max((o["took_s"] for o in outcomes if o["ending"] == "answered"), default=0.0), 2
        ),
        "rows": [o for o in outcomes if o["ending"] not in ("answered", "busy")],
    }


def _all_at_once(conversation: Any, users: int) -> list[dict[str, Any]]:
    outcomes: list[dict[str, Any]] = []
    start = threading.Barrier(users)

    def user(number: int) -> None:
        start.wait()
        outcomes.append(_ask(conversation, _QUESTIONS[number % len(_QUESTIONS)]))

    threads = [threading.Thread(target=user, args=(n,)) for n in range(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _ask(conversation: Any, question: str) -> dict[str, Any]:
    from assistant.domain.events import Finished, RedFlagRaised, Stage, StageName
    from assistant.errors import BedsideError, ModelBusy
    from assistant.tasks.base import Request

    began = time.monotonic()
    told, place, flagged, ending = 0.0, 0, False, "unfinished"
    try:
        for event in conversation.run(Request("ask", question=question)):
            flagged = flagged or isinstance(event, RedFlagRaised)
            if isinstance(event, Stage) and event.name is StageName.QUEUE and not place:
                place, told = event.count or 0, time.monotonic() - began
            if isinstance(event, Finished):
                busy = any("already wait" in notice for notice in event.answer.notices)
                ending = "busy" if busy else "answered"
    except ModelBusy:
        ending = "busy"
    except BedsideError as error:
        ending = type(error).__name__
    took = time.monotonic() - began
    told = told or took
    emergency = "crushing" in question
    return {
        "ending": ending,
        "told_s": told,
        "took_s": took,
        "place": place,
        "flagged": flagged,
        "emergency": emergency,
    }


@contextmanager
def _server(answer_s: float) -> Iterator[str]:
    class Slow(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(answer_s)
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            row = {
                "choices": [{"delta": {"content": "The evidence is quoted [1]."}, "finish_reason": "stop"}]
            }
            self.wfile.write(f"data: {json.dumps(row)}\n\ndata: [DONE]\n\n".encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"server:http://127.0.0.1:{server.server_port}/v1#slow"
    finally:
        server.shutdown()
        server.server_close()


SUITE = Suite("load", "50 users at once: who is answered, who is told busy, how soon", "", run)
