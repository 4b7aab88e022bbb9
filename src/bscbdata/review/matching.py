"""Which of two lists of texts belong together, and which words differ. Both ways round it gives the same pairs."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

ALIKE = 0.5  # share of words in common from which two sentences are taken for one that was changed

T = TypeVar("T")
Pair = tuple[int | None, int | None]


def grouped(things: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    """The things of one key together, in their order."""
    found: dict[str, list[T]] = defaultdict(list)
    for thing in things:
        found[key(thing)].append(thing)
    return dict(found)


def paired(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    """Places of texts that belong together, in order: equal ones, then those alike; None where there is no partner."""
    # always matched in one direction, so that the pairs do not depend on which is older
    if list(old) > list(new):
        return [(second, first) for first, second in paired(new, old)]
    pairs: list[Pair] = []
    for _, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if list(old[a:b]) == list(new[c:d]):
            pairs += zip(range(a, b), range(c, d), strict=True)
        else:
            pairs += _alike(old, new, range(a, b), range(c, d))
    return pairs


def _alike(old: Sequence[str], new: Sequence[str], olds: range, news: range) -> list[Pair]:
    """Within a stretch that differs: the most alike first, each once, and the rest alone."""
    scores = sorted(
        (-_likeness(old[i], new[j]), i, j) for i in olds for j in news if _likeness(old[i], new[j]) >= ALIKE
    )
    pairs: dict[int, int] = {}
    for _, i, j in scores:
        if i not in pairs and j not in pairs.values():
            pairs[i] = j
    taken = set(pairs.values())
    return [(i, pairs.get(i)) for i in olds] + [(None, j) for j in news if j not in taken]


def _likeness(first: str, second: str) -> float:
    return SequenceMatcher(None, first.split(), second.split(), autojunk=False).ratio()


def marks(old: str, new: str) -> list[tuple[str, str]]:
    """The words of a changed sentence in order, each stretch as `same`, `removed` or `added`."""
    if old > new:
        turned = {"same": "same", "removed": "added", "added": "removed"}
        return _removed_first([(turned[kind], text) for kind, text in marks(new, old)])
    before, after = old.split(), new.split()
    found: list[tuple[str, str]] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", " ".join(before[a:b])))
            continue
        found += [("removed", " ".join(before[a:b]))] if b > a else []
        found += [("added", " ".join(after[c:d]))] if d > c else []
    return found


def _removed_first(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    for place in range(len(found) - 1):
        if (found[place][0], found[place + 1][0]) == ("added", "removed"):
            found[place], found[place + 1] = found[place + 1], found[place]
    return found
