"""Which of many short texts somebody means who has typed a few letters, best first."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

EXACT, PREFIX, WORD, INSIDE, ALIKE = 4.0, 3.0, 2.0, 1.0, 0.0
"""How well a text fits, as the whole part of its score: the same, its beginning, a word's, anywhere, misspelt."""

_LONGEST_QUERY = 80
_MOST = 4000  # matches of one word that are looked at; a single letter has more than anybody reads
_ALIKE_SHARE = 0.34  # of the trigrams of both: fewer in common, and it is another word
_ALIKE_LETTERS = 4  # shorter words are alike by accident
_BUCKETS = 1 << 16

_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ð": "d", "þ": "th", "ł": "l", "đ": "d", "ı": "i"})
_GAP = re.compile(r"[\s\-–—_/.,;:()\[\]{}'’`´\"“”„«»&+·]+")
_CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f]")


def folded(text: str) -> str:
    """Return a text as it is compared: without case, accents and punctuation, one gap between words."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return _GAP.sub(" ", unicodedata.normalize("NFC", plain).translate(_LETTERS)).strip()


class Texts:
    """Texts made ready to be searched; 30,000 of them answer in a few milliseconds."""

    def __init__(self, texts: Sequence[str]) -> None:
        keys = [folded(text) for text in texts]
        self._keys = keys
        self._joined = "\n" + "\n".join(keys) + "\n"
        lengths = np.fromiter(map(len, keys), np.int64, len(keys))
        self._starts = np.cumsum(lengths + 1) - lengths  # of each key in the joined text
        self._lengths = lengths
        self._grams, self._owners, self._numbers = _trigrams(self._joined, self._starts)

    def __len__(self) -> int:
        return len(self._keys)

    def search(self, query: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return which texts fit what somebody typed, and how well; higher is better.

        Every word must be found, the last of them as far as it is typed. Only where nothing has all of them are
        texts told that are spelt alike.
        """
        asked = folded(query[:_LONGEST_QUERY])
        if not asked or not self._keys:
            return np.empty(0, np.int64), np.empty(0)
        which, score = self._whole(asked)
        if not len(which) and len(asked) >= _ALIKE_LETTERS:
            which, score = self._alike(asked)
        # of two that fit alike the shorter is meant
        score = score - np.minimum(self._lengths[which], 200) / 500
        order = np.argsort(-score, kind="stable")
        return which[order], score[order]

    def _whole(self, asked: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        which, score = self._with(asked)
        words = asked.split(" ")
        if len(words) == 1:
            return which, score
        rarest = max(words, key=len)
        others = [word for word in words if word is not rarest]
        found, rank = self._with(rarest)
        keys = self._keys
        fits = np.fromiter((all(_begins(keys[i], word) for word in others) for i in found), bool, len(found))
        found, rank = found[fits], np.minimum(rank[fits], WORD) - 0.25
        fresh = ~np.isin(found, which)
        return np.concatenate([which, found[fresh]]), np.concatenate([score, rank[fresh]])

    def _with(self, asked: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        best: dict[int, float] = {}
        for needle, fit in (
            (f"\n{asked}\n", EXACT),
            (f"\n{asked}", PREFIX),
            (f" {asked}", WORD),
            *([(asked, INSIDE)] if len(asked) > 2 or _CJK.search(asked) else []),
        ):
            at = _occurrences(self._joined, needle)
            # a needle that begins with a line break begins a key one letter further on
            for i in np.searchsorted(self._starts, at + (needle[0] == "\n"), "right") - 1:
                best.setdefault(int(i), fit)
            if len(best) >= _MOST:
                break
        return np.fromiter(best, np.int64, len(best)), np.fromiter(best.values(), np.float64, len(best))

    def _alike(self, asked: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Texts one word of which shares many trigrams with what was typed (Dice's coefficient)."""
        grams, _owners, _numbers = _trigrams(f"\n{asked}\n", np.array([1]))
        if not len(grams):
            return np.empty(0, np.int64), np.empty(0)
        low = np.searchsorted(self._grams, grams, "left")
        high = np.searchsorted(self._grams, grams, "right")
        shared = np.zeros(len(self._keys))
        for start, end in zip(low, high, strict=True):
            shared[np.unique(self._owners[start:end])] += 1
        candidates = np.flatnonzero(shared >= np.ceil(_ALIKE_SHARE * len(grams)))
        # against the best stretch of a long text, not all of it
        likeness = 2 * shared[candidates] / (len(grams) + np.minimum(self._numbers[candidates], 1.5 * len(grams)))
        close = likeness >= _ALIKE_SHARE
        return candidates[close].astype(np.int64), ALIKE + likeness[close] * 0.9


def _begins(key: str, word: str) -> bool:
    return key.startswith(word) or f" {word}" in key or (_CJK.search(word) is not None and word in key)


def _occurrences(text: str, needle: str) -> NDArray[np.int64]:
    found: list[int] = []
    at = text.find(needle)
    while at >= 0 and len(found) < _MOST:
        found.append(at)
        at = text.find(needle, at + 1)
    return np.array(found, np.int64)


def _trigrams(joined: str, starts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the trigrams of all keys in order, the key of each, and how many each key has."""
    letters = np.frombuffer(joined.encode("utf-32-le"), np.uint32).astype(np.int64)
    if len(letters) < 3:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.zeros(len(starts), np.int64)
    edge = letters == 10
    letters = np.where(edge, 32, letters)
    grams = (letters[:-2] * 73_856_093 ^ letters[1:-1] * 19_349_663 ^ letters[2:] * 83_492_791) % _BUCKETS
    within = ~edge[1:-1]
    middle = np.flatnonzero(within) + 1
    owners = np.searchsorted(starts, middle, "right") - 1
    grams = grams[within]
    order = np.argsort(grams, kind="stable")
    return grams[order], owners[order], np.bincount(owners, minlength=len(starts))
