"""The import engine: files of any usual kind come in through here, and nowhere else.

Order of reading: `encoding` and `reading` (bytes to rows), `guessing` (columns to fields), `values` (text to typed
values), `targets` (what a package offers to be filled), `services` (dry run, run, resume, undo).
"""
