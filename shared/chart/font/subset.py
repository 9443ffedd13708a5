#!/usr/bin/env python3
"""Makes the font that the package chart embeds: subset.py NotoSansCJK-Regular.ttc chart.otf

Noto Sans CJK SC Regular, reduced to Latin, Greek, Cyrillic, punctuation, arrows, simple shapes, full-width forms and
all of GB 2312 (6763 ideographs). Outlines only: no hinting, no layout tables, which the drawing does not use. Equal
inputs give equal bytes.
"""

import sys

from fontTools import subset
from fontTools.ttLib import TTCollection

FAMILY = "Noto Sans CJK SC"
BLOCKS = [
    (0x0020, 0x007E), (0x00A0, 0x017F),  # Latin
    (0x0391, 0x03C9), (0x0400, 0x045F),  # Greek, Cyrillic
    (0x2010, 0x2027), (0x2030, 0x205E), (0x20A0, 0x20BF),  # punctuation, currencies
    (0x2100, 0x213F), (0x2190, 0x2199), (0x2200, 0x226F),  # letter-like, arrows, operators
    (0x25A0, 0x25FF), (0x3000, 0x303F), (0xFF00, 0xFFEF),  # shapes, CJK punctuation, full width
]


def gb2312():
    """The characters of GB 2312, rows 1 to 9 (symbols) and 16 to 87 (ideographs)."""
    for row in [*range(1, 10), *range(16, 88)]:
        for cell in range(1, 95):
            try:
                yield ord(bytes([0xA0 + row, 0xA0 + cell]).decode("gb2312"))
            except UnicodeDecodeError:
                pass


def main(source, target):
    collection = TTCollection(source)
    font = next(f for f in collection.fonts if f["name"].getDebugName(1) == FAMILY)
    font.recalcTimestamp = False
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14])
    options.drop_tables += ["GSUB", "GPOS", "BASE", "VORG", "vhea", "vmtx", "DSIG"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes={c for first, last in BLOCKS for c in range(first, last + 1)} | set(gb2312()))
    subsetter.subset(font)
    font.save(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
