"""What somebody may do, for which lender."""

from outreach.domain.operators import EVERYBODY, Operator, Role, same_signer

LI = Operator(
    7, "li.wei", "Li Wei", {"acme": frozenset({Role.OPERATOR}), "harbor": frozenset({Role.ADMIN})}
)


def test_a_role_holds_for_its_lender_alone() -> None:
    stopping = frozenset({Role.ADMIN, Role.COMPLIANCE})

    assert LI.may("harbor", stopping)
    assert not LI.may("acme", stopping)
    assert not LI.may("minghe", EVERYBODY)
    assert LI.lenders(EVERYBODY) == ("acme", "harbor")
    assert LI.lenders(stopping) == ("harbor",)


def test_somebody_disabled_may_nothing() -> None:
    gone = Operator(7, "li.wei", "Li Wei", LI.roles, disabled=True)

    assert gone.lenders(EVERYBODY) == ()


def test_whoever_changes_their_name_stays_who_signed() -> None:
    renamed = Operator(7, "li.wei", "Li Wei-Smith", LI.roles)
    namesake = Operator(8, "li.wei2", "Li Wei", LI.roles)

    assert renamed.signed(LI.signature)
    assert renamed.signed(" li.wei ")
    assert not namesake.signed(LI.signature)
    assert not same_signer("Ann", "Bob")
    assert same_signer("Ann", " ANN")
    assert not same_signer("Li Wei (li.wei)", "Li Wei (li.wei), approving")
