"""Where an address lies, and what lies in what."""

import pytest

from outreach.domain.residences import country_of, lies_in, residence_of


@pytest.mark.parametrize(
    ("address", "residence"),
    [
        pytest.param(("CN",), "CN", id="country"),
        pytest.param(("US", "US-IL", "Chicago", "60601"), "US-IL", id="region"),
        pytest.param(("",), None, id="nothing"),
        pytest.param(("PR",), "US-PR", id="territory by its own code"),
        pytest.param(("CN", "CN-HK"), "HK", id="its own law"),
        pytest.param(("US", "US-NY"), "US-NY", id="city unknown"),
        pytest.param(("US", "US-NY", "New  York", ""), "US-NY-NYC", id="by name"),
        pytest.param(("US", "US-NY", "BROOKLYN", "11201"), "US-NY-NYC", id="by both"),
        pytest.param(("US", "US-NY", "", "10463-1234"), "US-NY-NYC", id="by code"),
        pytest.param(("US", "US-NY", "New York", "12207"), "US-NY-XXX", id="code over name"),
        pytest.param(("US", "US-NY", "Albany", "12207"), "US-NY-XXX", id="elsewhere"),
        pytest.param(("US", "US-NY", "Albanny", ""), "US-NY", id="an unknown name proves nothing"),
        pytest.param(("US", "US-NY", "Floral Park", "11001"), "US-NY-NYC", id="border, may be"),
        pytest.param(("US", "US-NY", "Great Neck", "11021"), "US-NY-XXX", id="border, is not"),
        pytest.param(("US", "US-NY", "", "11021"), "US-NY", id="border, unknown"),
    ],
)
def test_an_address_becomes_a_residence(address: tuple[str, ...], residence: str | None) -> None:
    assert residence_of(*address) == residence


@pytest.mark.parametrize(
    ("residence", "place", "answer"),
    [
        pytest.param("US-NY-NYC", "US-NY-NYC", True, id="same"),
        pytest.param("US-NY-NYC", "US-NY", True, id="city in region"),
        pytest.param("US-NY-XXX", "US", True, id="region in country"),
        pytest.param("US-NY", "US-NY-NYC", None, id="city unknown"),
        pytest.param("US", "US-NY-NYC", None, id="region unknown"),
        pytest.param("US-NY-XXX", "US-NY-NYC", False, id="elsewhere"),
        pytest.param("US-MA", "US-NY", False, id="another region"),
        pytest.param("US-NYX", "US-NY", False, id="a code that only begins alike"),
    ],
)
def test_one_place_lies_in_another(residence: str, place: str, answer: bool | None) -> None:
    assert lies_in(residence, place) is answer


def test_a_residence_has_a_country() -> None:
    assert [country_of(one) for one in ("US-NY-NYC", "CN")] == ["US", "CN"]
