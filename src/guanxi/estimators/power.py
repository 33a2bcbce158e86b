"""How many people are needed to know: the size of a trial that is looked at every day.

The range of `sequences` reaches w standard errors to either side. An effect d is seen with chance `power` where
d >= (w + z_power) s / sqrt(p (1 - p) n), s the spread of a person's outcome and p the share of those treated; hence

    n = (w + z_power)^2 s^2 / (p (1 - p) d^2)

as for a trial with one look (Lachin 1981), with w about 3 in place of 1.96: the price of looking every day. w follows
from how many outcomes a person has (the clock of `sequences`), the number planned being n itself.
"""

from dataclasses import dataclass
from math import ceil
from statistics import NormalDist

from guanxi.estimators import sequences


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trial is planned with.

    Attributes:
        share: Of the people, how many are treated.
        alpha: How often a useless action may pass for proved.
        power: How often an action with the effect asked about is proved.
    """

    share: float = 0.5
    alpha: float = 0.05
    power: float = 0.8

    def __post_init__(self) -> None:
        if not (0 < self.share < 1 and 0 < self.alpha < 1 and 0 < self.power < 1):
            raise ValueError("share, alpha and power lie between 0 and 1")

    def people(self, effect: float, *, mean: float, variance: float) -> int:
        """People in both arms together to see an effect (in units of the outcome a person).

        Args:
            mean: The outcome a person without the action.
            variance: Of a person's outcome.

        Raises:
            ValueError: No number of people shows an effect of nothing, and nothing can be told of an outcome that no
                one has.
        """
        if effect == 0 or mean <= 0 or variance <= 0:
            raise ValueError("the effect is not zero, the outcome has a positive mean and varies")
        outcomes = mean**2 / (mean**2 + variance)
        reach = self._reach(outcomes)
        enough = reach**2 * variance / (self.share * (1 - self.share) * effect**2)
        poorer = min(self.share, 1 - self.share)
        read = max(sequences.BURN_IN, sequences.EVENTS / outcomes, sequences.ARM / (poorer * outcomes))
        return ceil(max(enough, read))

    def smallest(self, people: int, *, variance: float, mean: float) -> float:
        """The smallest effect a person that so many people would show: the other way round."""
        if people < 1 or mean <= 0 or variance <= 0:
            raise ValueError("there are people, and the outcome has a positive mean and varies")
        outcomes = mean**2 / (mean**2 + variance)
        reach = self._reach(outcomes)
        return float(reach * (variance / (self.share * (1 - self.share) * people)) ** 0.5)

    def _reach(self, outcomes: float) -> float:
        """Standard errors that an effect must be away from zero.

        The clock is n * outcomes and the plan n: their ratio, and with it the width, does not depend on n.
        """
        wide = float(sequences.width(outcomes * 1e6, alpha=self.alpha, planned=1_000_000))
        return wide + NormalDist().inv_cdf(self.power)
