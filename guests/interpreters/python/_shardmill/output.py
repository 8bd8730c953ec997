"""Standard output, standard error and the handler of `logging`: lines of the function's log, as Lambda writes them."""

import io
import logging
import time

from wit_world.imports import log

LEVELS = {
    "DEBUG": log.Level.DEBUG,
    "INFO": log.Level.INFO,
    "WARNING": log.Level.WARN,
    "ERROR": log.Level.ERROR,
    "CRITICAL": log.Level.ERROR,
}


class Output(io.TextIOBase):
    """A stream whose lines go to the log."""

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, level):
        self.level = level
        self.kept = ""

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        lines, newline, rest = (self.kept + text).rpartition("\n")
        if newline:
            log.write(self.level, lines)
        self.kept = rest
        return len(text)

    def flush(self):
        if self.kept:
            log.write(self.level, self.kept)
            self.kept = ""


class LogHandler(logging.Handler):
    """Writes records in the format of Lambda."""

    def __init__(self, request_id):
        super().__init__()
        self.request_id = request_id
        formatter = logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
        )
        formatter.converter = time.gmtime
        self.setFormatter(formatter)

    def emit(self, record):
        record.aws_request_id = self.request_id() or ""
        log.write(LEVELS.get(record.levelname, log.Level.INFO), self.format(record))
