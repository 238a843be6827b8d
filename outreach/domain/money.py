"""Money: integer minor units of an ISO 4217 currency. Text in, text out, never a binary float."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from outreach.domain.records import dataclass

MAX_MINOR: Final = 2**53 - 1
"""Largest amount that every JSON reader keeps exact."""


def _currencies() -> Mapping[str, int]:
    """Build the table of minor-unit exponents; source: ISO 4217 list one, active funds excluded."""
    by_exponent = {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        2: (
            "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD "
            "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
            "GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP "
            "LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK "
            "NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS "
            "SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST "
            "XAD XCD XCG YER ZAR ZMW ZWG"
        ),
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }
    return {code: exponent for exponent, codes in by_exponent.items() for code in codes.split()}


EXPONENTS: Final[Mapping[str, int]] = _currencies()
"""Decimal places of the minor unit by ISO 4217 code, for all active currencies."""


class UnknownCurrencyError(ValueError):
    """Not an active ISO 4217 currency code."""


class AmountError(ValueError):
    """Not an amount: no number, not finite, or beyond what JSON keeps exact."""


def exponent_of(currency: str) -> int:
    """Return the decimal places of a currency's minor unit: JPY 0, USD 2, KWD 3.

    Raises:
        UnknownCurrencyError: The code isn't in ISO 4217's list of active currencies.
    """
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrencyError(currency) from None


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (cents, fen) of one currency; may be negative.

    Raises:
        UnknownCurrencyError: On a code outside ISO 4217.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse a currency of which the minor unit isn't known."""
        exponent_of(self.currency)

    @classmethod
    def from_decimal_text(cls, text: str, currency: str) -> "Money":
        """Read major units ('1242.50') and round once, half up, to the minor unit.

        Group separators and other formatting are refused: a mapping that needs them says so.

        Raises:
            AmountError: Not a plain decimal number, or more than `MAX_MINOR` minor units.
            UnknownCurrencyError: On a code outside ISO 4217.
        """
        try:
            amount = Decimal(text)
        except InvalidOperation:
            raise AmountError("not a decimal number") from None
        if "_" in text or not amount.is_finite() or amount.adjusted() > 16:  # 2**53 has 16 digits
            raise AmountError("not a decimal number")
        scaled = amount.scaleb(exponent_of(currency))
        minor = int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))
        if abs(minor) > MAX_MINOR:
            raise AmountError("too large")
        return cls(minor, currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with the currency's decimal places."""
        return Decimal(self.minor).scaleb(-exponent_of(self.currency))

    def __str__(self) -> str:
        return f"{self.decimal:f} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        """Add an amount of the same currency.

        Raises:
            ValueError: The currencies differ.
        """
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} don't add up")
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """Subtract an amount of the same currency; see `__add__`."""
        return self + Money(-other.minor, other.currency)

    def split(self, weights: Sequence[int]) -> list["Money"]:
        """Split by weights with the largest remainders rounded up, so that the sum is kept.

        Equal remainders go to the earlier part. A negative amount splits like its positive.

        Args:
            weights: Not negative, at least one positive.

        Raises:
            ValueError: A weight is negative, or all are zero.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("weights must be positive or zero, and not all zero")
        size = abs(self.minor)
        floors = [size * weight // total for weight in weights]
        by_remainder = sorted(
            range(len(weights)), key=lambda index: (-(size * weights[index] % total), index)
        )
        for index in by_remainder[: size - sum(floors)]:
            floors[index] += 1
        sign = -1 if self.minor < 0 else 1
        return [Money(sign * part, self.currency) for part in floors]
