"""Borrowers who obviously don't exist, in two countries and eleven area codes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

CHINA: Final = "CN"
_GIVEN: Final = (
    "Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hana", "Ivo", "June", "Kai", "Lou",
    "Mia", "Ned", "Ola", "Pia", "Quinn", "Ray", "Sol", "Tia", "Uma", "Vic", "Wes", "Zoe",
)  # fmt: skip
_FAMILY: Final = ("Sample", "Example", "Specimen", "Placeholder", "Fictus", "Demoson", "Testwell")
_HAN_FAMILY: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
_HAN_GIVEN: Final = ("样本", "示例", "测试", "虚构", "演示", "假名")
# Region, zone and area code; 555-0100 to 555-0199 is reserved for fiction in each of them.
_PLACES: Final = (
    ("US-NY", "America/New_York", "212"),
    ("US-GA", "America/New_York", "404"),
    ("US-OH", "America/New_York", "614"),
    ("US-IL", "America/Chicago", "312"),
    ("US-TX", "America/Chicago", "713"),
    ("US-CO", "America/Denver", "303"),
    ("US-AZ", "America/Phoenix", "602"),
    ("US-CA", "America/Los_Angeles", "415"),
    ("US-WA", "America/Los_Angeles", "206"),
    ("US-AK", "America/Anchorage", "907"),
    ("US-HI", "Pacific/Honolulu", "808"),
)
# Invented streets; in New York the town decides about rules, so that nobody there tells one.
_TOWNS: Final = {
    "US-CA": ("San Francisco", "94103", "Harbor View Road"),
    "US-WA": ("Seattle", "98101", "Cedar Crest Way"),
    "US-OH": ("Columbus", "43215", "Maple Bend"),
    "US-TX": ("Austin", "78701", "Live Oak Lane"),
    "US-FL": ("Tampa", "33602", "Palm Row"),
    "CN-SC": ("四川省成都市", "610000", "锦江区春熙里街"),
    "CN-GD": ("广东省广州市", "510000", "天河区珠江里街"),
    "CN-SH": ("上海市", "200000", "浦东新区江边里街"),
    "CN-BJ": ("北京市", "100000", "朝阳区朝光里街"),
}
_RESERVED: Final = 100
# No carrier in China has 100 as a mobile prefix. The sandbox carrier acts by the last four digits.
_HAN_PREFIX: Final = "+8610000"
_WITH_APP: Final = 0.4
_WITH_EMAIL: Final = 0.55
_WANTS_DETAILS: Final = 0.2
# What the sandbox acts by: one device in eight is gone, one mailbox in ten, one is full.
_DEVICE_TAILS: Final = ("9001", *(f"{n:04}" for n in range(1, 8)))
_MAILBOX_TAILS: Final = ("9004", "9003", *(f"{n:04}" for n in range(1, 9)))
_SCRIPTED: Final = (9001, 9003, 9004, 9007, 9008, 9009, 9010, 9011, 9012, 9013, 9014, 9015)


@dataclass(slots=True)
class Borrower:
    """One person as their platform keeps them; `version` rises with every change told."""

    lender: str
    ref: str
    name: dict[str, str] = field(repr=False)
    locale: str
    country: str
    region: str
    zone: str
    phones: list[dict[str, Any]] = field(repr=False)
    consents: list[dict[str, Any]] = field(repr=False)
    states_zone: bool = False
    version: int = 1
    devices: list[dict[str, Any]] = field(default_factory=list, repr=False)
    emails: list[dict[str, Any]] = field(default_factory=list, repr=False)
    preferences: dict[str, Any] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """Return the `borrower` member of a borrower.updated: all that is known."""
        told: dict[str, Any] = {
            "id": self.ref,
            "name": self.name,
            "locale": self.locale,
            "address": self._home(),
            "phones": self.phones,
            "consents": self.consents,
            "push": self.devices,
            "emails": self.emails,
        }
        if self.states_zone:
            told["timezone"] = self.zone
        if self.preferences:
            told["preferences"] = self.preferences
        return told

    def _home(self) -> dict[str, Any]:
        """Return where they live: for every other one a whole address, which takes letters."""
        home = {"country": self.country, "region": self.region}
        town, number = _TOWNS.get(self.region), int(self.ref[-5:])
        if town is None or number % 2:
            return home
        city, code, street = town
        line = f"{street}{number}号" if self.country == CHINA else f"{number} {street}"
        return {**home, "city": city, "postal_code": code, "line1": line}


class People:
    """Makes borrowers, each number once.

    Args:
        rng: Seeded.
        now: Business time at which the demonstration begins; consents are older.
    """

    def __init__(self, rng: Random, now: datetime) -> None:
        self._rng = rng
        self._now = now
        self._numbers: dict[str, int] = {}

    def american(self, lender: str, index: int) -> Borrower:
        """Return somebody in the United States; one in three kept the number of an earlier home."""
        rng = self._rng
        region, zone, code = _PLACES[index % len(_PLACES)]
        if rng.random() < 1 / 3:
            code = rng.choice(_PLACES)[2]
        given, family = rng.choice(_GIVEN), rng.choice(_FAMILY)
        name = {"given": given, "family": family, "display": f"{given} {family}"}
        phones = [self._phone("ph-1", self._american_number(code), primary=True)]
        if rng.random() < 1 / 5:
            phones.append(self._phone("ph-2", self._american_number(code)))
        consents = [self._consent("granted")]
        doubt = rng.random()
        if doubt < 0.05:
            consents = []
        elif doubt < 0.08:
            consents = [self._consent("revoked")]
        states_zone = rng.random() < 0.7
        borrower = Borrower(
            lender, f"HB-B{index:05}", name, "en-US", "US", region, zone, phones, consents,
            states_zone,
        )  # fmt: skip
        return self._reachable(borrower)

    def chinese(self, lender: str, index: int) -> Borrower:
        """Return somebody in China; some numbers have a fate at the sandbox carrier."""
        rng = self._rng
        family, given = rng.choice(_HAN_FAMILY), rng.choice(_HAN_GIVEN)
        name = {"given": given, "family": family, "display": family + given}
        phones = [self._phone("ph-1", self._chinese_number(), primary=True)]
        if rng.random() < 1 / 5:
            phones.append(self._phone("ph-2", self._chinese_number()))
        consents = [self._consent("revoked" if rng.random() < 0.03 else "granted")]
        region = rng.choice(("CN-SC", "CN-GD", "CN-SH", "CN-BJ", "CN-XJ"))
        borrower = Borrower(
            lender, f"MH-B{index:05}", name, "zh-CN", CHINA, region, "Asia/Shanghai", phones,
            consents,
        )  # fmt: skip
        return self._reachable(borrower)

    def _reachable(self, borrower: Borrower) -> Borrower:
        """Give some people the lender's app, some a mailbox; a few of either are dead.

        Chance is the borrower's own here, so that everything else stays as it was.
        """
        rng = Random(borrower.ref)  # noqa: S311 - a game, not a secret
        seen = (self._now - timedelta(days=rng.randint(1, 40))).isoformat()
        if rng.random() < _WITH_APP:
            service = rng.choice(("fcm", "fcm", "apns"))
            tail = rng.choice(_DEVICE_TAILS)
            borrower.devices.append({
                "id": "dev-1",
                "provider": service,
                "token": f"demo-{borrower.ref.lower()}-{tail}",
                "app": f"{borrower.lender}-app",
                "updated_at": seen,
            })  # fmt: skip
            if rng.random() < _WANTS_DETAILS:
                borrower.preferences["notification_details"] = True
        if rng.random() < _WITH_EMAIL:
            local = f"{borrower.ref.lower().replace('-', '')}.{rng.choice(_MAILBOX_TAILS)}"
            borrower.emails.append({
                "id": "em-1",
                "address": f"{local}@borrower.example",
                "status": "active",
                "primary": True,
                "verified_at": seen,
            })  # fmt: skip
        return borrower

    def _american_number(self, code: str) -> str:
        """Return the area code's next free fictitious number, or one of a neighbor's."""
        codes = [code, *(place[2] for place in _PLACES if place[2] != code)]
        for one in codes:
            used = self._numbers.get(one, 0)
            if used < _RESERVED:
                self._numbers[one] = used + 1
                return f"+1{one}55501{used:02}"
        return f"+1{code}55501{self._rng.randrange(_RESERVED):02}"

    def _chinese_number(self) -> str:
        used = self._numbers.get(CHINA, 0)
        self._numbers[CHINA] = used + 1
        tail = used
        if used % 9 == 4:
            tail = _SCRIPTED[(used // 9) % len(_SCRIPTED)]
        return f"{_HAN_PREFIX}{used // 9 % 100:02}{tail % 10_000:04}"

    def _phone(self, ref: str, number: str, *, primary: bool = False) -> dict[str, Any]:
        verified = self._now - timedelta(days=self._rng.randint(1, 60))
        return {
            "id": ref,
            "e164": number,
            "type": "mobile",
            "status": "active",
            "primary": primary,
            "verified_at": verified.isoformat(),
        }

    def _consent(self, status: str) -> dict[str, Any]:
        at = self._now - timedelta(days=self._rng.randint(20, 300))
        return {
            "channel": "sms",
            "purpose": "account_servicing",
            "status": status,
            "at": at.isoformat(),
            "source": "app",
        }
