"""How long to leave a provider, or a message, alone after a failure. Pure."""

FIRST_SECONDS = 2.0
LONGEST_SECONDS = 900.0
# A message is tried for about a day.
GREATEST_ATTEMPTS = 9
_FIRST_RETRY = 30.0
_LONGEST_RETRY = 6 * 3600.0


def rest(failures: int, chance: float) -> float:
    """Seconds for which a provider is left alone after so many failures in a row: twice as long each time.

    Args:
        chance: Between 0 and 1; spreads the workers, so that they do not all come back at once.
    """
    seconds = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(max(failures - 1, 0), 12))
    return float(seconds * (0.8 + 0.4 * chance))


def retry(attempts: int, chance: float) -> float | None:
    """Seconds until a message is tried again that the provider put off; None where it was tried often enough."""
    if attempts >= GREATEST_ATTEMPTS:
        return None
    return float(min(_LONGEST_RETRY, _FIRST_RETRY * 3 ** min(attempts, 8)) * (0.8 + 0.4 * chance))
