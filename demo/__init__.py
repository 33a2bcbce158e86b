"""The demonstration world: a real retailer's year, and a small invented cast for tests, documents and pictures.

`load()` brings it into the house through the doors any user would use; `logins()` says who may look at it. Whatever is
invented (staff, the person who claims a household, the cast of `world`) is marked as simulated where the data allow it.
"""

from demo.loading import load
from demo.staff import Login, logins

__all__ = ["Login", "load", "logins"]
