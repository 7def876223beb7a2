# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests use of the module socket, without its enumerations, whose making takes longer than all else at a start."""
import _socket
from _socket import *  # noqa: F403


class socket(_socket.socket):
    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def accept(self):
        fd, address = self._accept()
        return socket(self.family, self.type, self.proto, fileno=fd), address
