from tests.machine import machine, till  # noqa: F401
