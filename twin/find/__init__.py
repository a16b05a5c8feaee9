"""Finding: what of a district, or of any list of texts, somebody means who types a few letters."""

from twin.find.coordinates import lonlat_of
from twin.find.index import Found, Index
from twin.find.ranking import EXACT, WORD, Texts, folded

__all__ = ["EXACT", "WORD", "Found", "Index", "Texts", "folded", "lonlat_of"]
