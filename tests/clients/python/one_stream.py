"""Makes the stream that a command works on."""

from support import client, create

create(client(), "s")
