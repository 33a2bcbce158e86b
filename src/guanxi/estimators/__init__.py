"""Pure arithmetic: statistical methods that know no Django and no table of ours.

An *estimator* is a frozen dataclass of settings that checks itself; `fit(table, *, seed)` gives a frozen,
serialisable result. The caller's table is never written to; time and chance are arguments.
"""
