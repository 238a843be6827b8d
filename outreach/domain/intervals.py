"""Confidence intervals for shares and for the difference of two shares; no money in here.

Wilson's score interval (Wilson 1927) for one share, Newcombe's hybrid of two of them for a
difference (Newcombe 1998, Statistics in Medicine 17:873, method 10): both stay within their
bounds, and are sound for small groups and for shares of 0 and 1, where the textbook's aren't.
"""

from math import sqrt
from typing import Final, NamedTuple

Z_95: Final = 1.959963984540054
"""Standard normal quantile of 0.975: intervals that hold the truth 95 times in 100."""

SMALL: Final = 20
"""Groups smaller than this are marked: what they show may be chance."""


class Share(NamedTuple):
    """`hits` of `total`; `total` 0 is a group of nobody."""

    hits: int
    total: int

    @property
    def rate(self) -> float | None:
        """The share, 0 to 1; None for a group of nobody."""
        return self.hits / self.total if self.total else None

    @property
    def is_small(self) -> bool:
        """Whether the group is too small to rely on."""
        return self.total < SMALL


class Interval(NamedTuple):
    """From `low` to `high`, both in."""

    low: float
    high: float

    @property
    def has_zero(self) -> bool:
        """Whether no difference at all is still plausible."""
        return self.low <= 0 <= self.high


def wilson(share: Share, z: float = Z_95) -> Interval:
    """Return the interval in which a share plausibly lies; all of 0 to 1 for a group of nobody.

    Raises:
        ValueError: Hits are negative or more than the total.
    """
    hits, total = share
    if not 0 <= hits <= total:
        raise ValueError("hits lie between 0 and the total")
    if not total:
        return Interval(0.0, 1.0)
    rate = hits / total
    center = rate + z * z / (2 * total)
    spread = z * sqrt(rate * (1 - rate) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    low = 0.0 if hits == 0 else (center - spread) / scale
    high = 1.0 if hits == total else (center + spread) / scale
    return Interval(low, high)


def newcombe(one: Share, other: Share, z: float = Z_95) -> Interval:
    """Return the interval in which the difference of two shares (one - other) plausibly lies."""
    if not one.total or not other.total:
        return Interval(-1.0, 1.0)
    first, second = wilson(one, z), wilson(other, z)
    rate, base = one.hits / one.total, other.hits / other.total
    difference = rate - base
    below = sqrt((rate - first.low) ** 2 + (second.high - base) ** 2)
    above = sqrt((first.high - rate) ** 2 + (base - second.low) ** 2)
    return Interval(difference - below, difference + above)
