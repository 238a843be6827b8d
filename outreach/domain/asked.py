"""What a request to stop binds: which media, and whether one address or the whole person.

Where the words leave it open, the wider reading is kept: how far a kept request reaches beyond
that, in time and law, is for the packs that apply (`opt_out`, parameter `scope`).
"""

from typing import Final

from outreach.domain.records import dataclass
from outreach.domain.replies import KEYWORD, PROVIDER, Reply
from outreach.domain.vocabulary import Channel, Heard, OptOutScope

EVERY_MEDIUM: Final = "all"
PHONE: Final = "phone"
"""Whatever reaches a number: call, voicemail, text, WhatsApp."""

ANY_PURPOSE: Final = "*"
"""Purpose of a permission that a request in somebody's own words took back."""

_OF_A_NUMBER: Final = frozenset(
    {PHONE, Channel.SMS, Channel.CALL, Channel.VOICEMAIL, Channel.WHATSAPP}
)

_CALLED_TEXTS: Final = frozenset({Channel.WHATSAPP, Channel.EMAIL, Channel.PRIVATE_MESSAGE})
"""Whoever answers by these and wants no more messages or texts means these as well."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is bound.

    `media` are channels, `phone` or `all`. `person_wide` binds them at every address of the
    person, present and future; else only at the address that the words came from.
    """

    media: tuple[str, ...]
    person_wide: bool


def asked_of(reply: Reply, came_by: str) -> Asked:
    """Say what a reading of kind `opt_out` binds.

    A keyword answers one message: it binds the medium at that address, and packs widen it. Words
    that name a medium bind it everywhere; so do words that name nothing, since nobody can tell.

    Args:
        reply: As `classify` read it.
        came_by: The medium that the words came by: a channel, or `phone` for what was spoken.
    """
    if reply.scope is OptOutScope.ALL:
        return Asked((EVERY_MEDIUM,), person_wide=True)
    named = reply.media
    if Channel.SMS in named and came_by in _CALLED_TEXTS:
        named |= {came_by}
    media = tuple(sorted(named)) or (came_by,)
    if reply.scope is not OptOutScope.ENDPOINT:
        return Asked(media, person_wide=reply.rule not in {KEYWORD, PROVIDER})
    if not reply.media and came_by in _OF_A_NUMBER:
        media = (PHONE,)
    # A number at work, or an address of another kind, isn't the one that the words came from.
    elsewhere = Heard.PLACE in reply.heard or not _reach_the_same((came_by, *media))
    return Asked(media, person_wide=elsewhere)


def _reach_the_same(media: tuple[str, ...]) -> bool:
    return _OF_A_NUMBER.issuperset(media) or len(set(media)) == 1
