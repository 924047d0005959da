"""Signs queries in the signed API's dialects with Python's standard library only, as a reference for the host.

Reads one JSON object per line: {"dialect": "d1"|"d2"|"d3", "pairs": [[name, value], ...], "key", "method", "time"}.
Writes one token per line.
"""
import hashlib
import json
import sys
from urllib.parse import quote_plus


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def token(case):
    if case["dialect"] == "d3":
        code = dict(case["pairs"]).get("code", "")
        return md5(code + case["key"] + case["time"])
    if case["dialect"] == "d2":
        # Sorts by UTF-8 bytes, as Go does.
        pairs = sorted(case["pairs"], key=lambda pair: pair[0].encode())
        query = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)
        text = f"im/{case['method']}?{query}"
    else:
        text = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in case["pairs"])
        text = text.replace("~", "%7E")
    return md5(md5(text) + case["key"])


for line in sys.stdin:
    print(token(json.loads(line)), flush=True)
