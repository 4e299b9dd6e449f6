"""Sends Accounting-Requests with pyrad: PORT SECRET, dictionary and packets as JSON on standard input."""

import io
import json
import sys

from pyrad.client import Client
from pyrad.dictionary import Dictionary
from pyrad.packet import AccountingResponse

port, secret = sys.argv[1:]
given = json.load(sys.stdin)
client = Client(
    server="127.0.0.1",
    acctport=int(port),
    secret=secret.encode(),
    dict=Dictionary(io.StringIO(given["dictionary"])),
)
client.timeout = 5
client.retries = 1
for attributes in given["packets"]:
    request = client.CreateAcctPacket()
    for name, value in attributes:
        request[name] = value
    # Raises when there is no answer; one whose authenticator is wrong is none.
    if client.SendPacket(request).code != AccountingResponse:
        sys.exit("answered, but not with an Accounting-Response")
