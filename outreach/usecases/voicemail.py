"""What a call may leave on an answering machine: judged like a contact of its own, before it goes.

The law of what a machine may be told differs from that of what a person may: others listen to it.
Where no piece is allowed, the call ends without a word.
"""

from dataclasses import replace
from typing import Final

from outreach.domain.call_scripts import ON_A_MACHINE, Piece, without
from outreach.domain.decisions import ProposedAction, Verdict
from outreach.domain.known import Facts
from outreach.domain.vocabulary import Channel, LenderRole
from outreach.rendering.context import COLLECTOR_ROLES
from outreach.rendering.message import Rendered
from outreach.usecases.rulebook import Judgment

LIMITED: Final = "lcm"
"""Template class of a limited-content message (12 CFR 1006.2(j))."""


def with_voicemail(
    rendered: Rendered, action: ProposedAction, judgment: Judgment, facts: Facts, role: LenderRole
) -> Rendered:
    """Return a call's words with the one piece for machines that the rules allow, or none.

    A collector leaves a limited-content message or nothing; a lender its own words where they are
    allowed.

    Args:
        rendered: Of an allowed call.
        action: That call.
        judgment: The packs that apply.
        facts: What it was decided on.
        role: What the caller is to the debt.
    """
    ways = [(Piece.LIMITED_VOICEMAIL, LIMITED)]
    if role not in COLLECTOR_ROLES:
        ways.insert(0, (Piece.VOICEMAIL, rendered.template_class))
    kept: set[Piece] = set()
    for piece, template_class in ways:
        content = rendered.on_a_machine.get(piece)
        if content is None:
            continue
        left = replace(
            action, channel=Channel.VOICEMAIL, content=content, template_class=template_class
        )
        if judgment.decide(left, facts).verdict is Verdict.ALLOW:
            kept = {piece}
            break
    return replace(rendered, text=without(rendered.text, ON_A_MACHINE - kept))
