#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A registry, past all that sixpn checks.

store.py get FILE [KEY VALUE]...   the values of keys of a registry in a file go to these files
store.py put FILE [KEY VALUE]...   the other way
store.py auth ETCD PASSWORD        etcd asks for passwords, once it has a leader; its users are root and
                                   hosts, both with this one
store.py password ETCD OLD NEW     that of hosts becomes another one
store.py leader ETCD...            which of these leads, counted from 0

ETCD is HOST:PORT, FILE a registry of sqlite:.
"""
import http.client
import json
import sqlite3
import sys
import time


def get(path, *pairs):
    database = sqlite3.connect(path)
    for key, file in zip(pairs[::2], pairs[1::2]):
        row = database.execute("SELECT value FROM entries WHERE key = ?", [key]).fetchone()
        if row is None:
            sys.exit(f"FAIL: {path} has no {key}")
        with open(file, "wb") as value:
            value.write(row[0])


def put(path, *pairs):
    database = sqlite3.connect(path, timeout=30, isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    revision = database.execute("UPDATE head SET revision = revision + 1 RETURNING revision").fetchone()[0]
    for key, file in zip(pairs[::2], pairs[1::2]):
        with open(file, "rb") as value:
            row = [key, revision, value.read()]
        database.execute("REPLACE INTO entries (key, revision, value) VALUES (?, ?, ?)", row)
        database.execute("INSERT INTO log (key, revision, value) VALUES (?, ?, ?)", row)
    database.execute("COMMIT")


def post(etcd, path, body, token=None):
    connection = http.client.HTTPConnection(etcd, timeout=60)
    connection.request("POST", path, json.dumps(body), {"Authorization": token} if token else {})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        sys.exit(f"FAIL: {etcd}{path}: {answer.status}: {text[:300]}")
    return json.loads(text)


def wait_for_leader(etcd):
    end = time.monotonic() + 240
    while True:
        try:
            if "leader" in post(etcd, "/v3/maintenance/status", {}):
                return
        except OSError:
            if time.monotonic() > end:
                raise
        time.sleep(0.3)


def auth(etcd, password):
    wait_for_leader(etcd)
    post(etcd, "/v3/auth/role/add", {"name": "root"})
    for user in "root", "hosts":
        post(etcd, "/v3/auth/user/add", {"name": user, "password": password})
        post(etcd, "/v3/auth/user/grant", {"user": user, "role": "root"})
    post(etcd, "/v3/auth/enable", {})


def password(etcd, old, new):
    token = post(etcd, "/v3/auth/authenticate", {"name": "root", "password": old})["token"]
    post(etcd, "/v3/auth/user/changepw", {"name": "hosts", "password": new}, token)


def leader(*etcds):
    for number, etcd in enumerate(etcds):
        status = post(etcd, "/v3/maintenance/status", {})
        if status["leader"] == status["header"]["member_id"]:
            print(number)


if __name__ == "__main__":
    {"get": get, "put": put, "auth": auth, "password": password, "leader": leader}[sys.argv[1]](*sys.argv[2:])
