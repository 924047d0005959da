"""Signs and calls the four methods of the signed API. Python 3, nothing else.

JACKFIELD_URL=http://127.0.0.1:8065 JACKFIELD_CODE=ci JACKFIELD_KEY=... python3 signed.py USERNAME
"""
import hashlib
import json
import os
import sys
import urllib.parse
import urllib.request

URL, CODE, KEY = (os.environ[name] for name in ("JACKFIELD_URL", "JACKFIELD_CODE", "JACKFIELD_KEY"))


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def call(method, body=None, **parameters):
    # PHP's form: blanks are `+`, `~` is `%7E`. The order in which it is sent is the order that is signed.
    query = urllib.parse.urlencode({"m": "im", "f": method, **parameters, "code": CODE}).replace("~", "%7E")
    address = f"{URL}/api.php?{query}&token={md5(md5(query) + KEY)}"
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(address, data)) as answer:
        text = answer.read().decode()
    print(text)
    return json.loads(text)


if __name__ == "__main__":
    message = {"title": "Build passed", "content": "**main** is green", "sender": {"name": "Python"}}
    gid = next(iter(call("getGroupChats")["data"]))
    call("getChatUsers", gid=gid)
    call("sendNotification", {"users": [sys.argv[1]], **message})
    call("sendChatMessage", {"gid": gid, **message})
