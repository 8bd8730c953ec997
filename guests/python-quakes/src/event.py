"""An event as the survey publishes it, as far as it is of interest."""

import json
from dataclasses import dataclass
from math import isfinite

FIELDS = frozenset(("id", "mag", "magType", "place", "time", "net", "tsunami", "type", "coordinates"))
I64_MAX = 2**63 - 1


class Malformed(Exception):
    """Why a record is no event."""


class Fields(dict):
    """The members of an object, and whether one of those that are read is there twice."""

    def __init__(self, members):
        super().__init__(members)
        self.members = members

    def check(self):
        if len(self) != len(self.members):
            seen = set()
            for name, _ in self.members:
                if name in FIELDS and name in seen:
                    raise Malformed(f"`{name}` is there twice")
                seen.add(name)
        for name in self:
            is_text(name, "a name")


class MinusZero(float):
    """`-0`, which is no whole number."""


def integer(text):
    return MinusZero(text) if text == "-0" else int(text)


def constant(name):
    raise Malformed(f"{name} is no number in JSON")


DECODER = json.JSONDecoder(object_pairs_hook=Fields, parse_int=integer, parse_constant=constant)


def is_text(value, name):
    if not isinstance(value, str):
        raise Malformed(f"`{name}` is missing or no text")
    # Half a character, or a byte that is no UTF-8.
    if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        raise Malformed(f"`{name}` is no text in UTF-8")
    return value


def optional_text(value, name):
    return None if value is None else is_text(value, name)


def number(value, name):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Malformed(f"`{name}` is missing or no number")
    try:
        value = float(value)
    except OverflowError:
        value = float("inf")
    if not isfinite(value):
        raise Malformed(f"`{name}` is too large")
    return value


def whole(value, name, least, most):
    if isinstance(value, bool) or not isinstance(value, int):
        raise Malformed(f"`{name}` is missing or no whole number")
    if not least <= value <= most:
        raise Malformed(f"`{name}` is out of range")
    return value


@dataclass
class Quake:
    """A seismic event."""

    id: str
    magnitude: float
    magnitude_type: str | None
    place: str
    """Where it was, for people: `50km NNW of Sangiang, Indonesia`."""
    time_ms: int
    """Milliseconds since the Unix epoch; negative before."""
    network: str
    """The seismic network that reports it."""
    has_tsunami: bool
    kind: str
    """`earthquake`, `explosion`, `quarry blast`."""
    coordinates: tuple[float, float, float]
    """Degrees east, degrees north, kilometres down."""

    @staticmethod
    def parse(data: bytes) -> "Quake":
        """The event in a line of JSON; `Malformed` if it is none."""
        try:
            # What is no UTF-8 harms only where it is read: it becomes a character that no text may have.
            fields = DECODER.decode(data.decode("utf-8", "surrogateescape"))
        except (ValueError, RecursionError) as error:
            raise Malformed(str(error)) from None
        if not isinstance(fields, Fields):
            raise Malformed("an object is expected")
        fields.check()
        get = fields.get
        coordinates = get("coordinates")
        if not isinstance(coordinates, list) or len(coordinates) != 3:
            raise Malformed("`coordinates` are missing or not three numbers")
        return Quake(
            id=is_text(get("id"), "id"),
            magnitude=number(get("mag"), "mag"),
            magnitude_type=optional_text(get("magType"), "magType"),
            place=is_text(get("place"), "place"),
            time_ms=whole(get("time"), "time", -I64_MAX - 1, I64_MAX),
            network=is_text(get("net"), "net"),
            has_tsunami=whole(get("tsunami", 0), "tsunami", 0, 255) != 0,
            kind=optional_text(get("type"), "type") if get("type") is not None else "earthquake",
            coordinates=tuple(number(each, "coordinates") for each in coordinates),
        )

    def region(self) -> str:
        """The country, state or sea: what follows the last comma of the place."""
        return self.place.rpartition(",")[2].strip() or self.network
