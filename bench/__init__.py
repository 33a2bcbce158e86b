"""The bars: what Guanxi promises of speed, each against a yardstick measured in the same run."""
