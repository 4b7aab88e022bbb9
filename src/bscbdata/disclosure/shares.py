"""What a share gives away of the count behind it."""

from math import ceil, floor

from bscbdata.disclosure.rules import rules


def counts_behind(share: float, total: float, decimals: int) -> tuple[int, int]:
    """The lowest and the highest whole number whose share of the total, in per cent, rounds to the one shown.

    The lowest lies above the highest when no whole number does.
    """
    half = 0.5 * 10.0**-decimals
    lowest = ceil((share - half) / 100 * total - 1e-9)
    return max(lowest, 0), min(floor((share + half) / 100 * total + 1e-9), floor(total))


def shares_give_away(share: float, total: float, decimals: int) -> bool:
    """Whether a share of a known total tells that the count behind it, or the rest, is small and not zero."""
    lowest, highest = counts_behind(share, total, decimals)
    return _small(lowest, highest) or _small(floor(total) - highest, floor(total) - lowest)


def _small(lowest: int, highest: int) -> bool:
    return 0 < highest <= rules().highest and lowest <= highest
