"""Asks a server that lets nobody do anything for everything: where the description has security, the answer is 401."""

import re
import sys
from urllib.parse import urlencode

import requests
import yaml

METHODS = ["get", "head", "post", "delete", "options"]
BODIES = {
    "application/x-ndjson": b'{"topic":"a","data":"b"}\n',
    "text/plain": b"b",
    "application/json": b'{"message":"b","user":"ann"}',
    "application/x-www-form-urlencoded": b"topic=a&data=b",
}

description, url = sys.argv[1:]
with open(description, encoding="utf-8") as file:
    paths = yaml.safe_load(file)["paths"]

wrong = 0
asked = 0
for path, place in paths.items():
    for method in METHODS:
        operation = place.get(method)
        if operation is None:
            continue
        kinds = operation.get("requestBody", {}).get("content", {})
        kind = next((kind for kind in kinds if kind in BODIES), None)
        target = url + re.sub(r"{\w+}", "a", path.replace("{matchType}", "exact"))
        query = {"topic": "a", "user": "ann"} if method in ("get", "head") else {}
        answer = requests.request(
            method,
            f"{target}?{urlencode(query)}",
            data=BODIES.get(kind),
            headers={"Content-Type": kind} if kind else {},
            timeout=5,
            stream=True,
        )
        answer.close()
        is_refused = answer.status_code == 401 and "WWW-Authenticate" in answer.headers
        asked += 1
        if is_refused != (operation.get("security") != []):
            wrong += 1
            print(f"{method} {path}: {answer.status_code}")

print(f"{asked} operations asked without a credential, {wrong} wrong")
sys.exit(wrong > 0)
