import json, os, ssl, sys, urllib.request
body = json.dumps({"client_id": os.environ["PINECONE_CLIENT_ID"], "client_secret": os.environ["PINECONE_CLIENT_SECRET"], "audience": "https://api.pinecone.io/", "grant_type": "client_credentials"}).encode()
request = urllib.request.Request(sys.argv[1], body, {"Content-Type": "application/json", "X-Pinecone-Api-Version": "2025-04"})
print(json.load(urllib.request.urlopen(request, context=ssl.create_default_context(cafile=sys.argv[2])))["access_token"])
