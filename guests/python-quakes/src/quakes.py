"""Earthquakes worth knowing: a function on a stream of the U.S. Geological Survey's events, one JSON object a record,
as in `examples/earthquakes`. `guests/rust-quakes` does the same, and its README tells what goes out."""

import re
from dataclasses import dataclass

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import config, log
from wit_world.imports.types import (
    Batch,
    Disposition_Dropped,
    Disposition_Failed,
    Emit,
    Event,
    Failure_Failed,
    Outcome,
    Reply,
)

from alert import Alert
from event import Malformed, Quake

NOTABLE_MAGNITUDE = 6.0
"""From here on people far away feel it; it is worth a line in the log."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@dataclass
class Settings:
    """What the function's environment says."""

    min_magnitude: float
    is_strict: bool

    @staticmethod
    def read() -> "Settings":
        magnitude = config.get("MIN_MAGNITUDE") or "2.5"
        strict = config.get("STRICT") or "false"
        # `float` takes spaces, underscores and `nan` for numbers, too.
        if not NUMBER.fullmatch(magnitude):
            raise Err(Failure_Failed(f"variable MIN_MAGNITUDE is `{magnitude}`: that is no number"))
        if strict not in ("true", "false"):
            raise Err(Failure_Failed(f"variable STRICT is `{strict}`: that is neither `true` nor `false`"))
        return Settings(float(magnitude), strict == "true")


class Transformer(exports.Transformer):
    """What the host calls."""

    def handle(self, batch: Batch) -> Reply:
        settings = Settings.read()
        reply = Reply(emits=[], outcomes=[])
        for index, record in enumerate(batch.records):
            one(record, index, settings, reply)
        counts = f"{len(reply.emits)} of {len(batch.records)} events"
        log.write(log.Level.DEBUG, f"{counts} have magnitude {settings.min_magnitude:g} or more")
        return reply


def one(record: Event, index: int, settings: Settings, reply: Reply) -> None:
    """Says in the reply what becomes of a record."""
    try:
        quake = Quake.parse(record.data)
    except Malformed as malformed:
        log.write(log.Level.WARN, f"record {record.sequence}: {malformed}")
        fate = Disposition_Failed if settings.is_strict else Disposition_Dropped
        reply.outcomes.append(Outcome(index, fate(str(malformed))))
        return
    if quake.magnitude < settings.min_magnitude:
        reply.outcomes.append(Outcome(index, Disposition_Dropped("magnitude below the minimum")))
        return
    alert = Alert(quake)
    if quake.magnitude >= NOTABLE_MAGNITUDE:
        log.write(log.Level.INFO, alert.summary)
    reply.emits.append(Emit(index, None, alert.key, None, alert.to_json().encode(), []))
