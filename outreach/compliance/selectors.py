"""Which actions a rule is about: the `applies_to` language, in three values.

A selector that depends on a fact nobody told us matches, and says what was missing: a rule that
might apply does. Keys that hang on a few enumerable words are judged once per kind of action and
remembered by the engine; the others are judged every time.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Final

from outreach.compliance.view import Parameters, View, texts_of
from outreach.domain.known import Debt, Endpoint, Missing
from outreach.domain.residences import lies_in

Test = Callable[[View], bool | str]
"""True, False, or the name of the missing fact (which counts as a match)."""

# Words of the action: None means "not said", which no selector matches.
ACTION_WORDS: Final = (
    "channel",
    "purpose",
    "recipient_role",
    "dial_mode",
    "template_class",
    "place",
    "call_kind",
    "sender",
)
# Words of the facts: None means unknown.
FACT_WORDS: Final = {
    "role": "lender_role",
    "residence": "residence",
    "lender_class": "lender_class",
    "stage": "stage",
}
STATIC_KEYS: Final = (*ACTION_WORDS, *FACT_WORDS, "first_communication", "content_tags")
DYNAMIC_KEYS: Final = (
    "content",
    "endpoint_kind",
    "endpoint_status",
    "endpoint_owner",
    "endpoint_flags",
    "dpd",
    "debt_flags",
    "person_flags",
    "lender_flags",
    "sender_attributes",
)
KEYS: Final = (*STATIC_KEYS, *DYNAMIC_KEYS)

signature: Final = attrgetter(*ACTION_WORDS, "first_communication", "content_tags")
fact_signature: Final = attrgetter(*FACT_WORDS.values())


def compile_static(applies_to: Mapping[str, object]) -> tuple[Test, ...]:
    """Compile the keys whose answer depends on the kind of action alone."""
    return tuple(_static(key, applies_to[key]) for key in STATIC_KEYS if key in applies_to)


def compile_dynamic(applies_to: Mapping[str, object]) -> tuple[Test, ...]:
    """Compile the keys that have to be asked of every action anew."""
    return tuple(_DYNAMIC[key](applies_to[key]) for key in DYNAMIC_KEYS if key in applies_to)


def match(tests: tuple[Test, ...], view: View) -> tuple[str, ...] | None:
    """Return None if some test says no, else the names of the facts that were missing."""
    missing: list[str] = []
    for test in tests:
        answer = test(view)
        if answer is False:
            return None
        if answer is not True:
            missing.append(str(answer))
    return tuple(missing)


def _static(key: str, value: object) -> Test:
    if key == "first_communication":
        wanted = bool(value)

        def first(view: View) -> bool | str:
            known = view.action.first_communication
            return "first_communication" if known is None else known is wanted

        return first
    words = texts_of(value)
    if key == "content_tags":
        return lambda view: not words.isdisjoint(view.action.content_tags)
    if key == "residence":
        return lambda view: _residence(view.facts.residence, words)
    if key in FACT_WORDS:
        get_fact = attrgetter(FACT_WORDS[key])

        def fact(view: View) -> bool | str:
            word = get_fact(view.facts)
            return key if word is None else word in words

        return fact
    get_word = attrgetter(key)
    return lambda view: get_word(view.action) in words


def _residence(residence: str | None, words: frozenset[str]) -> bool | str:
    """`US` selects every US residence, `US-MA` one state; a bare `US` may be any state."""
    if residence is None:
        return "residence"
    answers = {lies_in(residence, word) for word in words}
    return True if True in answers else "residence" if None in answers else False


def _endpoint_kind(value: object) -> Test:
    words = texts_of(value)

    def test(view: View) -> bool | str:
        kind = view.action.endpoint_kind
        if kind is None and (known := view.facts.endpoints.get(view.action.endpoint or "")):
            kind = known.kind
        return "endpoint_kind" if isinstance(kind, Missing) else kind in words

    return test


def _endpoint_word(attribute: str) -> Callable[[object], Test]:
    get = attrgetter(attribute)

    def compile_test(value: object) -> Test:
        words = texts_of(value)

        def test(view: View) -> bool:
            endpoint = view.facts.endpoints.get(view.action.endpoint or "")
            return endpoint is not None and get(endpoint) in words

        return test

    return compile_test


def _dpd(value: object) -> Test:
    bounds = Parameters(value if isinstance(value, Mapping) else {})
    lowest, highest = bounds.number("min", -(10**6)), bounds.number("max", 10**6)

    def test(view: View) -> bool | str:
        debts = view.facts.debts
        missing = False
        for name in view.action.debts:
            dpd = debts[name].dpd if name in debts else None
            if dpd is None:
                missing = True
            elif lowest <= dpd <= highest:
                return True
        return "days_past_due" if missing else False

    return test


FlagMaps = Callable[[View], list[Mapping[str, object]]]


def _flags(group: str, maps: FlagMaps) -> Callable[[object], Test]:
    """Compile `any_of` or `all_of` of some flags; all of them of one debt, where it has several."""

    def compile_test(value: object) -> Test:
        named = value if isinstance(value, Mapping) else {"any_of": value}
        together = "all_of" in named
        names = sorted(texts_of(named["all_of" if together else "any_of"]))

        def test(view: View) -> bool | str:
            missing: str | None = None
            for flags in filter(None, maps(view)):
                answer = _all_set(flags, names) if together else _any_set(flags, names)
                if answer is True:
                    return True
                if answer:
                    missing = f"{group}.{answer}"
            return missing or False

        return test

    return compile_test


def _any_set(flags: Mapping[str, object], names: list[str]) -> bool | str:
    """Tell whether one of the flags is set; the name of an unknown one if that depends on it."""
    missing: bool | str = False
    for name in names:
        flag = flags.get(name)
        if isinstance(flag, Missing):
            missing = name
        elif flag:
            return True
    return missing


def _all_set(flags: Mapping[str, object], names: list[str]) -> bool | str:
    """Tell whether every one of the flags is set; the name of an unknown one if none is unset."""
    missing: bool | str = True
    for name in names:
        flag = flags.get(name)
        if isinstance(flag, Missing):
            missing = name
        elif not flag:
            return False
    return missing


def _debt_flags(view: View) -> list[Mapping[str, object]]:
    debts = view.facts.debts
    return [debts.get(name, _NO_DEBT).flags for name in view.action.debts]


def _endpoint_flags(view: View) -> list[Mapping[str, object]]:
    return [view.facts.endpoints.get(view.action.endpoint or "", _NO_ENDPOINT).flags]


def _content(value: object) -> Test:
    words = texts_of(value)
    return lambda view: not words.isdisjoint(view.action.content)


_NO_DEBT: Final = Debt()
_NO_ENDPOINT: Final = Endpoint()
_DYNAMIC: Final[dict[str, Callable[[object], Test]]] = {
    "endpoint_kind": _endpoint_kind,
    "endpoint_status": _endpoint_word("status"),
    "endpoint_owner": _endpoint_word("owner"),
    "endpoint_flags": _flags("endpoint_flags", _endpoint_flags),
    "dpd": _dpd,
    "debt_flags": _flags("debt_flags", _debt_flags),
    "person_flags": _flags("person_flags", lambda view: [view.facts.person_flags]),
    "lender_flags": _flags("lender_flags", lambda view: [view.facts.lender_flags]),
    "sender_attributes": _flags("sender_attributes", lambda view: [view.action.sender_attributes]),
    "content": _content,
}
