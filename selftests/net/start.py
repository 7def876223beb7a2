# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a script of this folder: start.py SCRIPT [ARG...]

Python compiles the file that it is given anew at each start; what it compiled of SCRIPT it keeps, as it does of modules.
"""
import sys
from _frozen_importlib_external import SourceFileLoader  # which importlib.machinery would load much more for

del sys.argv[0]
__file__ = sys.argv[0] = f"{sys.path[0]}/{sys.argv[0]}"
exec(SourceFileLoader(__name__, __file__).get_code(__name__))
