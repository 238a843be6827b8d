"""What a channel's messages look like: whether they have a subject, how long they may be."""

from collections.abc import Mapping
from typing import Final

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel


@dataclass(frozen=True, slots=True)
class Shape:
    """Bounds of one channel's words, in characters.

    Attributes:
        most: Beyond this no words are made, and so nothing is sent.
        comfortable: Beyond this the lint warns; 0 where it counts SMS parts instead.
        has_subject: It has a title or subject of its own; then both files are required.
        comfortable_subject: Beyond this the lint warns.
        has_paragraphs: A blank line in the source begins a new one; elsewhere all is one.
        on_locked_screen: Its words are seen by whoever holds the telephone. A subject always is.
    """

    most: int
    comfortable: int = 0
    has_subject: bool = False
    comfortable_subject: int = 0
    has_paragraphs: bool = False
    on_locked_screen: bool = False


MOST_OF_A_SUBJECT: Final = 200
"""Longest title or subject; longer ones are cut by everybody who shows them."""

# 1600: the most that Twilio takes, for WhatsApp too. A notification is 4096 bytes with all that
# surrounds it, so 800 characters of three bytes; phones show about 240 of them, and 65 of a title.
_SHAPES: Final[Mapping[Channel, Shape]] = {
    Channel.SMS: Shape(1600),
    Channel.WHATSAPP: Shape(1600, 1024),
    Channel.PUSH: Shape(800, 240, has_subject=True, comfortable_subject=65, on_locked_screen=True),
    Channel.EMAIL: Shape(
        20_000, 4000, has_subject=True, comfortable_subject=78, has_paragraphs=True
    ),
    # Three pages or so; the pages themselves are counted by the lint.
    Channel.LETTER: Shape(
        20_000, 6000, has_subject=True, comfortable_subject=80, has_paragraphs=True
    ),
    # As many words as somebody listens to in some minutes, with all that may be answered.
    Channel.CALL: Shape(8000, 4000, has_paragraphs=True),
}
_PLAIN: Final = Shape(1600, 1600)


def shape_of(channel: Channel) -> Shape:
    """Return the bounds of a channel's words."""
    return _SHAPES.get(channel, _PLAIN)
