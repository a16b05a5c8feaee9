"""OSM tags -> what a district knows: heights, roofs, widths, colours, kinds; each with its provenance.

All functions take a sequence of tag mappings and give one entry for each. Columns are named as in
`twin.model.TABLES`; texts are object arrays of str. Each also has `repairs`, the space-separated
codes of what had to be mended. Texts that no picture shows (where a value came from, above all) are made
when somebody asks for their column.
"""

from twin.table import Columns
from twin.tags.buildings import buildings
from twin.tags.colours import colour_of, material_of
from twin.tags.columns import Tags
from twin.tags.furniture import furniture, trees
from twin.tags.ground import AREA_KINDS, areas, water
from twin.tags.kinds import LINE, POINT, POLYGON, Kinds, kinds
from twin.tags.lengths import length_m, number
from twin.tags.ways import rails, streets

__all__ = [
    "AREA_KINDS", "LINE", "POINT", "POLYGON", "Columns", "Kinds", "Tags", "areas", "buildings", "colour_of",
    "furniture", "kinds", "length_m", "material_of", "number", "rails", "streets", "trees", "water",
]  # fmt: skip
