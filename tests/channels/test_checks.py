"""What `outreach providers check` learns of an account that isn't let in, vendor by vendor."""

from pathlib import Path

import aiohttp

from outreach.channels.aliyun_sms import AliyunSms
from outreach.channels.fcm import Fcm
from outreach.channels.provider import Accepted, Checked, Finished, Unsupported
from outreach.channels.tencent_sms import TencentSms
from tests.channels import voice_calls
from tests.channels.contract import DEADLINE, NOW
from tests.channels.mailing import a_provider
from tests.channels.push_attempts import Wall
from tests.fakes.aliyun import KEY_ID, running_aliyun
from tests.fakes.fcm import running_fcm
from tests.fakes.smtp import running_smtp
from tests.fakes.tencent import KEY_ID as KEY_OF_TENCENT
from tests.fakes.tencent import running_tencent
from tests.fakes.twilio_voice import running_calls

NOWHERE = "http://127.0.0.1:9"


async def test_a_mail_server_says_no_and_gets_no_message(tmp_path: Path) -> None:
    async with running_smtp(tmp_path) as server:
        wrong = a_provider(server, password="not this one")
        assert (await wrong.check(DEADLINE)).verdict == "refused"
        await wrong.close()
        away = a_provider(server, port=9)
        assert (await away.check(DEADLINE)).verdict == "unreachable"
        await away.close()
        good = a_provider(server)
        assert await good.check(DEADLINE) == Checked("works")
        await good.close()
        assert server.mails == []


async def test_aliyun_names_what_it_refuses() -> None:
    async with running_aliyun(NOW) as vendor, aiohttp.ClientSession() as session:

        def account(secret: str, base_url: str) -> AliyunSms:
            options = {
                "access_key_id": KEY_ID,
                "access_key_secret": secret,
                "base_url": base_url,
                "path_secrets": ["0f" * 16],
                "sign_names": {"10690142": "明禾消金"},
                "templates": [{"template": "due", "code": "SMS_1", "text": "您好。"}],
            }
            return AliyunSms("cn", options, session, clock=Wall())

        refused = await account("wrong", vendor.base_url).check(DEADLINE)
        assert refused == Checked("refused", "SignatureDoesNotMatch")
        assert (await account("wrong", NOWHERE).check(DEADLINE)).verdict == "unreachable"


async def test_tencent_names_what_it_refuses() -> None:
    async with running_tencent(NOW) as vendor, aiohttp.ClientSession() as session:

        def account(base_url: str) -> TencentSms:
            options = {
                "secret_id": KEY_OF_TENCENT,
                "secret_key": "wrong",
                "sdk_app_id": "1400006666",
                "base_url": base_url,
                "path_secrets": ["0f" * 16],
                "sign_names": {"10690142": "明禾消金"},
                "templates": [{"template": "due", "code": "1110", "text": "您好。"}],
            }
            return TencentSms("cn", options, session, clock=Wall())

        refused = await account(vendor.base_url).check(DEADLINE)
        assert refused.verdict == "refused"
        assert refused.why.startswith("AuthFailure")
        assert (await account(NOWHERE).check(DEADLINE)).verdict == "unreachable"


async def test_google_refuses_a_key_that_it_does_not_know() -> None:
    async with running_fcm() as vendor, aiohttp.ClientSession() as session:
        vendor.token_answer = (400, {"error": "invalid_grant"}, {})
        provider = Fcm("firebase", vendor.options, session, Wall())
        assert await provider.check(DEADLINE) == Checked("refused", "token:invalid_grant")
        await provider.close()


async def test_the_price_of_a_call_is_asked_by_its_reference() -> None:
    async with running_calls(NOW) as vendor, aiohttp.ClientSession() as session:
        provider = voice_calls.a_provider(session, vendor.base_url)
        made = await provider.send(voice_calls.a_call(), DEADLINE)
        assert isinstance(made, Accepted)
        assert await provider.finish(made.ref, DEADLINE) == Finished(1, None, None, redacted=True)

        vendor.calls[made.ref].update(price="-0.01400", price_unit="USD")

        assert await provider.finish(made.ref, DEADLINE) == Finished(
            1, 14_000, "USD", redacted=True
        )
        away = voice_calls.a_provider(session, NOWHERE)
        assert isinstance(await away.finish(made.ref, DEADLINE), Unsupported)
