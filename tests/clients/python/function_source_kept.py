"""What was deployed before the server was killed runs at once."""

from source_support import good
from support import equal

equal(good("js", {"n": 1})[0], 2)
