"""The left rail: what isn't served, or isn't for the visitor, isn't there."""

from outreach.domain.operators import EVERYBODY, Operator, Role
from outreach.web.console.navigation import Navigation
from outreach.web.console.words import WORDS

OPERATOR = Operator(1, "li.wei", "Li Wei", {"acme": frozenset({Role.OPERATOR})})
SERVED = {
    "/": EVERYBODY,
    "/contacts": EVERYBODY,
    "/samples": frozenset({Role.COMPLIANCE}),
    "/stops": EVERYBODY,
}


def test_a_visitor_sees_what_they_may_open_in_the_order_of_the_rail() -> None:
    found = Navigation(SERVED).groups(OPERATOR, "/contacts/1-2")

    assert [(group.name, [one.path for one in group.places]) for group in found] == [
        ("work", ["/"]),
        ("record", ["/contacts"]),
        ("build", ["/stops"]),
    ]


def test_the_entry_above_a_page_is_marked_and_no_other() -> None:
    navigation = Navigation(SERVED)
    for path, marked in (("/", ["/"]), ("/contacts/1-2", ["/contacts"]), ("/contactsX", [])):
        groups = navigation.groups(OPERATOR, path)
        here = [one.path for group in groups for one in group.places if one.is_here]
        assert here == marked


def test_a_phone_keeps_a_few_at_hand() -> None:
    navigation = Navigation(SERVED)
    found = navigation.at_hand(navigation.groups(OPERATOR, "/"))
    assert [one.name for one in found] == ["today", "contacts"]


def test_every_entry_has_its_words() -> None:
    everything = Operator(1, "a", "A", {"acme": EVERYBODY})
    paths = Navigation.addresses()
    groups = Navigation(dict.fromkeys(paths, EVERYBODY)).groups(everything, "/")
    names = [f"nav.group.{group.name}" for group in groups]
    names += [f"nav.{one.name}" for group in groups for one in group.places]
    assert len(names) > len(groups)
    assert [name for name in names if name not in WORDS] == []
