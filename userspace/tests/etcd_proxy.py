#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stand in front of an etcd and lose what it says, now and then.

usage: etcd_proxy.py PORT ETCD_PORT {answer|request|rest} {put|delete} KEY

The first transaction that puts or deletes a key that begins with KEY is
  answer    done, but its answer is lost
  request   lost itself
  rest      answered, and nothing after it is
All else passes. Prints a line once it listens.
"""

import base64
import http.client
import http.server
import json
import sys

port, etcd, what, verb, prefix = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5].encode()
met = False


def is_met(path, body):
    """Whether this is a transaction that is waited for."""
    if path != "/v3/kv/txn":
        return False
    for step in json.loads(body).get("success", []):
        for name, request in step.items():
            if verb in name.lower() and base64.b64decode(request["key"]).startswith(prefix):
                return True
    return False


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        global met
        body = self.rfile.read(int(self.headers["Content-Length"]))
        first = not met and is_met(self.path, body)
        if (met and what == "rest") or (first and what == "request"):
            met, self.close_connection = True, True
            return
        upstream = http.client.HTTPConnection("127.0.0.1", etcd)
        upstream.request("POST", self.path, body, {"Content-Type": "application/json"})
        answer = upstream.getresponse()
        text = answer.read()
        upstream.close()
        met = met or first
        if first and what == "answer":
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
server.daemon_threads = True
print("listening", flush=True)
server.serve_forever()
