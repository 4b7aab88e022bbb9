"""How well the matcher does on spellings that it has not seen: `python -m bscbdata.matching.measure`."""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass

from bscbdata.matching.codes import Matcher
from bscbdata.matching.known import aliases, code_lists


@dataclass(frozen=True)
class Score:
    """Spellings hidden and then matched: how many came out right, wrong, and with no code."""

    right: int = 0
    wrong: int = 0
    left: int = 0

    @property
    def all(self) -> int:
        return self.right + self.wrong + self.left

    @property
    def value(self) -> int:
        """A wrong code counts as much as ten spellings left."""
        return self.right - 10 * self.wrong


def measure(code_list: str, folds: int = 5, seed: int = 1) -> tuple[Score, list[tuple[str, str, str]]]:
    """Hide a part of the spellings seen, match them by the rest and the rules, for each part; and what came out wrong.

    Spellings that differ only in case, spaces, punctuation or prefix are hidden together; official ones are left out.
    """
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    plain = Matcher(code_list, seen=())
    for spelling, code in aliases(code_list):
        if plain.match(spelling).how != "exact":
            groups[plain.bare_key(spelling)].append((spelling, code))
    keys = sorted(groups)
    random.Random(seed).shuffle(keys)
    told, wrong = Counter(), []
    for fold in range(folds):
        hidden = set(keys[fold::folds])
        using = Matcher(code_list, [pair for key in keys if key not in hidden for pair in groups[key]])
        for spelling, code in (pair for key in sorted(hidden) for pair in groups[key]):
            found = using.match(spelling).code
            told["left" if found is None else "right" if found == code else "wrong"] += 1
            wrong += [(spelling, code, found)] if found not in (None, code) else []
    return Score(told["right"], told["wrong"], told["left"]), wrong


def main() -> None:
    """Print how each code list did."""
    print(f"{'code list':28}{'spellings':>10}{'right':>8}{'wrong':>8}{'left':>8}{'score':>8}")
    scores = {name: measure(name)[0] for name in code_lists()}
    total = Score(*(sum(getattr(s, part) for s in scores.values()) for part in ("right", "wrong", "left")))
    for name, score in {**scores, "all": total}.items():
        if score.all:
            shares = "".join(f"{part / score.all:8.1%}" for part in (score.right, score.wrong, score.left))
            print(f"{name:28}{score.all:>10,}{shares}{score.value:>8,}")


if __name__ == "__main__":
    main()
