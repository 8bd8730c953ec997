"""What goes out for an event."""

import json
from math import floor, inf, isfinite

from moment import Moment
from event import Quake

KEY_CHARS_MAX = 256
"""The longest partition key, in characters."""


def energy_joules(magnitude: float) -> float:
    """The energy that was radiated, by Gutenberg and Richter: log10 E = 4.8 + 1.5 M, to three digits."""
    exponent = 4.8 + 1.5 * magnitude
    # Beyond these there is nothing but 0 and infinity.
    if not isfinite(exponent) or abs(exponent) > 400:
        return 0.0 if exponent < 0 else inf
    scale = floor(exponent)
    # What is left after the scale lies between 1 and 10, where rounding means the same on every system.
    digits = floor(10 ** (exponent - scale) * 100 + 0.5) / 100
    return float(f"{digits}e{scale}")


def number(value: float) -> str:
    """A number in JSON: the fewest digits that give it again, and at least one decimal."""
    if not isfinite(value):
        return "null"
    text = repr(value)
    mantissa, mark, exponent = text.partition("e")
    if not mark:
        return text
    if exponent == "-05":
        sign, digits = ("-", mantissa[1:]) if mantissa[0] == "-" else ("", mantissa)
        return f"{sign}0.0000{digits.replace('.', '')}"
    return f"{mantissa}e{int(exponent):+d}"


def depth_class(depth_km: float) -> str:
    """The three classes of the survey."""
    return "shallow" if depth_km < 70 else "intermediate" if depth_km < 300 else "deep"


def text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


class Alert:
    """An event for its readers."""

    def __init__(self, quake: Quake):
        self.quake = quake
        self.time = Moment(quake.time_ms)
        depth_km = quake.coordinates[2]
        self.depth = depth_class(depth_km)
        what = f"{self.depth} {quake.kind}, {depth_km:.0f} km down"
        self.summary = f"M {quake.magnitude:.1f}, {quake.place}: {what}, {self.time.to_minute()}"

    @property
    def key(self) -> str:
        """The partition key: its region, as long as a key may be."""
        return self.quake.region()[:KEY_CHARS_MAX]

    def to_json(self) -> str:
        quake = self.quake
        longitude, latitude, depth_km = quake.coordinates
        kind_of_magnitude = quake.magnitude_type
        # Written by hand, since `json.dumps` writes some numbers in another manner than the functions in other
        # languages do.
        members = [
            f'"id":{text(quake.id)}',
            f'"time":"{self.time}"',
            f'"kind":{text(quake.kind)}',
            f'"magnitude":{number(quake.magnitude)}',
            *([] if kind_of_magnitude is None else [f'"magnitudeType":{text(kind_of_magnitude)}']),
            f'"energyJoules":{number(energy_joules(quake.magnitude))}',
            f'"place":{text(quake.place)}',
            f'"region":{text(quake.region())}',
            f'"network":{text(quake.network)}',
            f'"longitude":{number(longitude)}',
            f'"latitude":{number(latitude)}',
            f'"depthKm":{number(depth_km)}',
            f'"depth":"{self.depth}"',
            f'"tsunami":{"true" if quake.has_tsunami else "false"}',
            f'"summary":{text(self.summary)}',
        ]
        return "{" + ",".join(members) + "}"
