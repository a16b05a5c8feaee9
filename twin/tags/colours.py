"""Colours and materials as people write them on the map, as "#rrggbb" and in a few words."""

from __future__ import annotations

import re

_SEPARATOR = re.compile(r"[\s_\-.]+")
_HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.ASCII)
_HEX_WITH_ALPHA = re.compile(r"#(?:([0-9a-f]{3})[0-9a-f]|([0-9a-f]{6})[0-9a-f]{2})", re.ASCII)
_RAL = re.compile(r"ral(\d{4})", re.ASCII)
_TEXT_LIMIT = 64


def _table(text: str) -> dict[str, str]:
    words = text.split()
    return {name: f"#{figure}" for name, figure in zip(words[::2], words[1::2], strict=True)}


_NAMED = _table(
    # the 148 names of CSS Color Module Level 4
    """
    aliceblue f0f8ff antiquewhite faebd7 aqua 00ffff aquamarine 7fffd4 azure f0ffff beige f5f5dc bisque ffe4c4
    black 000000 blanchedalmond ffebcd blue 0000ff blueviolet 8a2be2 brown a52a2a burlywood deb887 cadetblue
    5f9ea0 chartreuse 7fff00 chocolate d2691e coral ff7f50 cornflowerblue 6495ed cornsilk fff8dc crimson dc143c
    cyan 00ffff darkblue 00008b darkcyan 008b8b darkgoldenrod b8860b darkgray a9a9a9 darkgreen 006400 darkgrey
    a9a9a9 darkkhaki bdb76b darkmagenta 8b008b darkolivegreen 556b2f darkorange ff8c00 darkorchid 9932cc darkred
    8b0000 darksalmon e9967a darkseagreen 8fbc8f darkslateblue 483d8b darkslategray 2f4f4f darkslategrey 2f4f4f
    darkturquoise 00ced1 darkviolet 9400d3 deeppink ff1493 deepskyblue 00bfff dimgray 696969 dimgrey 696969
    dodgerblue 1e90ff firebrick b22222 floralwhite fffaf0 forestgreen 228b22 fuchsia ff00ff gainsboro dcdcdc
    ghostwhite f8f8ff gold ffd700 goldenrod daa520 gray 808080 green 008000 greenyellow adff2f grey 808080
    honeydew f0fff0 hotpink ff69b4 indianred cd5c5c indigo 4b0082 ivory fffff0 khaki f0e68c lavender e6e6fa
    lavenderblush fff0f5 lawngreen 7cfc00 lemonchiffon fffacd lightblue add8e6 lightcoral f08080 lightcyan e0ffff
    lightgoldenrodyellow fafad2 lightgray d3d3d3 lightgreen 90ee90 lightgrey d3d3d3 lightpink ffb6c1 lightsalmon
    ffa07a lightseagreen 20b2aa lightskyblue 87cefa lightslategray 778899 lightslategrey 778899 lightsteelblue
    b0c4de lightyellow ffffe0 lime 00ff00 limegreen 32cd32 linen faf0e6 magenta ff00ff maroon 800000
    mediumaquamarine 66cdaa mediumblue 0000cd mediumorchid ba55d3 mediumpurple 9370db mediumseagreen 3cb371
    mediumslateblue 7b68ee mediumspringgreen 00fa9a mediumturquoise 48d1cc mediumvioletred c71585 midnightblue
    191970 mintcream f5fffa mistyrose ffe4e1 moccasin ffe4b5 navajowhite ffdead navy 000080 oldlace fdf5e6 olive
    808000 olivedrab 6b8e23 orange ffa500 orangered ff4500 orchid da70d6 palegoldenrod eee8aa palegreen 98fb98
    paleturquoise afeeee palevioletred db7093 papayawhip ffefd5 peachpuff ffdab9 peru cd853f pink ffc0cb plum
    dda0dd powderblue b0e0e6 purple 800080 rebeccapurple 663399 red ff0000 rosybrown bc8f8f royalblue 4169e1
    saddlebrown 8b4513 salmon fa8072 sandybrown f4a460 seagreen 2e8b57 seashell fff5ee sienna a0522d silver c0c0c0
    skyblue 87ceeb slateblue 6a5acd slategray 708090 slategrey 708090 snow fffafa springgreen 00ff7f steelblue
    4682b4 tan d2b48c teal 008080 thistle d8bfd8 tomato ff6347 turquoise 40e0d0 violet ee82ee wheat f5deb3 white
    ffffff whitesmoke f5f5f5 yellow ffff00 yellowgreen 9acd32
    """
    # words of mappers that CSS lacks; our readings
    """
    anthracite 383e42 bronze cd7f32 brick a5523f charcoal 36454f copper 9a6a4a cream f6efd8 darkbrown 5c4033
    darkyellow b8a030 lightbrown b08d6a lightred e57373 offwhite f5f3ec ochre cc8a2e rust a0522d
    sandstone d8c3a0 terracotta c8674b zinc 8d949a
    """
)

_RAL_CLASSIC = _table(
    # sRGB renderings of RAL Classic as commonly published; the printed cards are the standard
    """
    1001 c2b078 1013 e3d9c6 1014 ddc49a 1015 e6d2b5 1021 f6b600 1023 f7b500 2004 e75b12 3000 a72920 3001 9b2423
    3002 9b2321 3003 861a22 3005 5e2028 3009 6d312b 3011 792423 3016 a63d2f 3020 bb1e10 5002 00387b 5005 005387
    5010 004f7c 5012 0089b6 5015 007cb0 6005 114232 6009 27352a 6011 6c7c59 6018 61993b 6021 8aa881 7001 8c969d
    7004 9b9b9b 7005 6c6e6b 7011 555d61 7015 51565c 7016 383e42 7021 2f3234 7022 4c4a44 7023 808076 7024 45494e
    7030 928e85 7031 5d6970 7032 b5b0a1 7035 c5c7c4 7036 979392 7037 7a7b7a 7038 b4b8b0 7039 6b695f 7040 9da3a6
    7042 8f9695 7044 bdbdb2 7045 91969a 7046 82898e 7047 cfd0cf 8003 7e4b27 8004 8d4931 8011 5a3a29 8012 66332b
    8014 4a3526 8015 5e2f26 8016 4c2b20 8017 442f29 8019 3d3635 8023 a45729 9001 e9e0d2 9002 d7d5cb 9003 ecece7
    9004 2b2b2c 9005 0e0e10 9006 a1a1a0 9007 878581 9010 f1ece1 9011 27292b 9016 f1f0ea
    """
)

_MATERIAL = {
    word: material
    for material, words in {
        "brick": "brick bricks brickwork brick_block red_brick",
        "clinker": "clinker clinker_brick",
        "stone": "stone masonry rock stonework natural_stone field_stone",
        "sandstone": "sandstone",
        "limestone": "limestone travertine",
        "granite": "granite",
        "marble": "marble",
        "concrete": "concrete reinforced_concrete cement cement_block concrete_block concrete_blocks beton "
        "precast_concrete fibre_cement eternit",
        "glass": "glass mirror glas glazing acrylic_glass",
        "metal": "metal steel aluminium aluminum iron tin metal_sheet sheet_metal metal_plates "
        "stainless_steel corrugated_iron corrugated_metal lead titanium galvanized_steel",
        "zinc": "zinc zink czinc titanium_zinc",
        "copper": "copper copper_sheet bronze",
        "gold": "gold brass gilded",
        "wood": "wood timber wooden wood_shingle wood_shingles log logs bamboo plywood",
        "timber_framing": "timber_framing timber_frame half_timbered",
        "plaster": "plaster stucco render rendered painted plastered clay adobe loam mud rammed_earth lime_plaster",
        "tile": "tile tiles roof_tiles roof_tile ceramic ceramics tiled clay_tiles",
        "slate": "slate slates schist",
        "bitumen": "bitumen tar tar_paper asphalt asphalt_shingle roofing_felt felt shingle shingles membrane",
        "thatch": "thatch reed straw palm_leaves",
        "grass": "grass green green_roof plants sedum vegetation",
        "gravel": "gravel pebbles pebblestone",
        "plastic": "plastic vinyl vinyl_siding pvc polycarbonate etfe fabric canvas textile membrane_fabric tensile",
        "solar_panels": "solar_panels solar photovoltaic",
    }.items()
    for word in words.split()
}


def colour_of(text: str) -> str:
    """Return a colour as written on the map as "#rrggbb", or "" where it cannot be read.

    Reads hexadecimal with and without "#", the names of CSS with any case and separators, RAL Classic
    numbers, and a few words of mappers. Of several colours ("grey;white") the first is taken.
    """
    if len(text) > _TEXT_LIMIT:
        return ""
    word = _SEPARATOR.sub("", re.split(r"[;,/|]", text, maxsplit=1)[0].lower())
    if named := _NAMED.get(word) or _NAMED.get(word.replace("colour", "").replace("color", "")):
        return named
    if match := _RAL.fullmatch(word):
        return _RAL_CLASSIC.get(match[1], "")
    if match := _HEX.fullmatch(word) or _HEX_WITH_ALPHA.fullmatch(word):
        digits: str = match[1] or match[2]
        return "#" + (digits if len(digits) == 6 else "".join(2 * d for d in digits))
    return ""


def material_of(text: str) -> str:
    """Return a material in one of a few words; one that none of them covers is kept, in lower case."""
    word = re.split(r"[;,/|]", text[:_TEXT_LIMIT], maxsplit=1)[0].strip().lower()
    return _MATERIAL.get(re.sub(r"[\s\-]+", "_", word), word)
