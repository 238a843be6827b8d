"""References and signals are found by digests that never collide across lenders or kinds."""

import pytest

from outreach.domain.refs import ref_digest, signal_digest, subject_digest


def test_a_subject_has_the_digest_of_its_reference() -> None:
    assert subject_digest("acme", "loan/LN-1") == ref_digest("acme", "loan", "LN-1")
    assert subject_digest("acme", "borrower/B/1") == ref_digest("acme", "borrower", "B/1")


def test_lenders_and_kinds_do_not_share_digests() -> None:
    digests = {
        ref_digest("acme", "loan", "1"),
        ref_digest("other", "loan", "1"),
        ref_digest("acme", "borrower", "1"),
        signal_digest("acme", "loan", "1x"),
    }

    assert len(digests) == 4
    assert {len(digest) for digest in digests} == {16}


@pytest.mark.parametrize("subject", ["", "loan/", "borrower", "case/1", "LN-1"])
def test_a_subject_of_another_form_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        subject_digest("acme", subject)
