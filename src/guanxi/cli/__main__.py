"""`python -m guanxi.cli`: the same as `guanxi`, for processes that start others."""

from guanxi.cli import app

app()
