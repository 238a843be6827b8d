"""Telephone numbers and e-mail addresses as people type them."""

from outreach.facts.numbers import e164_of, email_of

NUMBERS = (
    ("+1 (212) 555-0143", "US", "+12125550143"),
    ("212 555 0143", "US", "+12125550143"),
    ("138 1234 5678", "CN", "+8613812345678"),
    ("+86 138 1234 5678", "US", "+8613812345678"),
    ("LN-1", "US", None),
    ("123456", "US", None),
    ("not a number 1234567", "US", None),
    ("99999999999999999999", "US", None),
)


def test_whole_numbers_alone_are_read() -> None:
    read = [(text, country, e164_of(text, country)) for text, country, _ in NUMBERS]
    assert [one for one in read if one not in NUMBERS] == []


def test_email_addresses_are_compared_in_lower_case() -> None:
    assert email_of("Ada@Example.com") == "ada@example.com"
    assert email_of("ada at example.com") is None
    assert email_of("ada@example") is None
