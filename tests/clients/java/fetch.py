"""Fetches the archives that a lock names (coordinates and SHA-256 on each line) into a folder.

    fetch.py jars.lock FOLDER
"""

import hashlib
import pathlib
import sys

from maven_artifact.artifact import Artifact
from maven_artifact.downloader import Downloader


def fetch(downloader, line, folder):
    coordinates, expected = line.split()
    path = folder / (coordinates.replace(":", "_") + ".jar")
    downloader.download(Artifact.parse(coordinates), str(path))
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != expected:
        path.unlink()
        sys.exit(f"{coordinates} has the digest {found}, not {expected}")


def main(lock, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    downloader = Downloader()
    for line in pathlib.Path(lock).read_text().splitlines():
        if line and not line.startswith("#"):
            fetch(downloader, line, folder)


main(*sys.argv[1:])
