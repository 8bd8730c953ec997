"""What was being halved when the server was killed comes to its end: nothing is skipped, nothing comes twice."""

from failures_support import settled
from support import client

for document in settled(client(attempts=5)):
    count = document["requestContext"]["approximateInvokeCount"]
    assert count == 4, count
