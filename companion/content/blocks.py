"""A few marks of Markdown, parsed to blocks that templates dress.

`## heading`, paragraphs, `- lists`, `> sentences to try` and `**bold**`; an empty line stands between blocks, and a
heading, an item or a sentence is one line. We yield blocks and never HTML, so markup and escaping stay with the
templates; for so small a subset a library would bring its own markup and many more marks. Every other mark is
refused rather than shown as typed.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

FOREIGN = re.compile(r"[<>`\[\]{}\\|#*_]|^(?:[-+] |\d+[.)] )")


class BlockKind(StrEnum):
    """What a block is; a template has one piece of markup for each."""

    HEADING = "heading"  # one line
    PARAGRAPH = "paragraph"  # one line
    LIST = "list"  # one line for each item
    SAY = "say"  # one line for each sentence; the label "Coba katakan" is the template's


MARKS = (("## ", BlockKind.HEADING), ("- ", BlockKind.LIST), ("> ", BlockKind.SAY))


@dataclass(frozen=True)
class Span:
    """A run of words in one weight."""

    text: str
    bold: bool = False


@dataclass(frozen=True)
class Block:
    """One piece of a text, top to bottom; each line is a tuple of spans."""

    kind: BlockKind
    lines: tuple[tuple[Span, ...], ...]

    @property
    def text(self) -> str:
        """The words alone, for counting and for reading aloud."""
        return " ".join("".join(span.text for span in line) for line in self.lines)


def parse_blocks(text: str) -> tuple[Block, ...]:
    """Parse a whole text. Raises ValueError that quotes the line, for a mark we do not know or one left open."""
    return tuple(_block(chunk.splitlines()) for chunk in re.split(r"\n\s*\n", text.strip()))


def _block(lines: list[str]) -> Block:
    for mark, kind in MARKS:
        if lines[0].startswith(mark):
            if not all(line.startswith(mark) for line in lines):
                raise ValueError(f'an empty line is missing in the block "{lines[0]}"')
            if kind is BlockKind.HEADING and len(lines) > 1:
                raise ValueError(f'an empty line is missing after "{lines[0]}"')
            return Block(kind, tuple(_spans(line.removeprefix(mark)) for line in lines))
    for line in lines:
        _spans(line)  # joined below, a list begun without its empty line would pass for a paragraph
    return Block(BlockKind.PARAGRAPH, (_spans(" ".join(lines)),))


def _spans(line: str) -> tuple[Span, ...]:
    parts = line.split("**")
    if len(parts) % 2 == 0:
        raise ValueError(f'bold is opened and not closed in "{line}"')
    if FOREIGN.search("".join(parts)):
        raise ValueError(f'a mark we do not know in "{line}"')
    return tuple(Span(part, bold=number % 2 == 1) for number, part in enumerate(parts) if part)
