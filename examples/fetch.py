"""A token in Python: fetch.py CLIENT_ID [TOKEN_URL CA_FILE], the secret in PINECONE_CLIENT_SECRET."""

import os
import sys

# The module as it lies beside this example; Debian's is python3-pinetoken.
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import pinetoken  # noqa: E402

client_id, token_url, ca_file = (sys.argv[1:] + [None, None])[:3]
try:
    with pinetoken.Client(client_id, os.environ["PINECONE_CLIENT_SECRET"], token_url=token_url, ca_file=ca_file) as client:
        print(client.fetch().access_token)
except pinetoken.PinetokenError as error:
    sys.exit(str(error))
