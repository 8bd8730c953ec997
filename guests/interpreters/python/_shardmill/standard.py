"""The modules of the standard library that functions can import.

The interpreter is kept as it is after these were imported, and has no files to load others from. Each is imported by a
test of the interpreter, too.
"""

import importlib

MODULES = """
    abc argparse array ast asyncio base64 binascii bisect calendar cmath cmd code codecs collections collections.abc
    colorsys configparser contextlib contextvars copy copyreg csv dataclasses datetime decimal difflib dis email
    email.message email.mime.multipart email.mime.text email.parser email.policy email.utils encodings encodings.ascii
    encodings.cp1252 encodings.idna encodings.latin_1 encodings.utf_16 encodings.utf_16_be encodings.utf_16_le
    encodings.utf_32 encodings.utf_8_sig enum errno fileinput fnmatch fractions functools gc getopt getpass gettext glob
    graphlib gzip hashlib heapq hmac html html.entities html.parser http http.client http.cookies importlib importlib.abc
    importlib.metadata importlib.resources importlib.util inspect io ipaddress itertools json keyword linecache locale
    logging logging.config logging.handlers math mimetypes numbers operator os pathlib pickle pickletools pkgutil
    platform pprint queue quopri random re reprlib sched secrets select selectors shelve shlex shutil signal socket
    statistics string stringprep struct subprocess sys sysconfig tempfile textwrap threading time timeit token tokenize
    tomllib traceback tracemalloc types typing unicodedata unittest unittest.mock urllib.error urllib.parse
    urllib.request uuid warnings weakref xml.dom.minidom xml.etree.ElementTree xml.sax zipfile zlib zoneinfo
""".split()

for _name in MODULES:
    importlib.import_module(_name)
