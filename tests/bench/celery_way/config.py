"""Where this application finds its servers; set by the bench that starts it."""

import os

DATABASE_URL = os.environ["BENCH_DATABASE_URL"]  # noqa: TID251 - an application of its own
BROKER_URL = os.environ["BENCH_BROKER_URL"]  # noqa: TID251
PROVIDER_URL = os.environ["BENCH_PROVIDER_URL"]  # noqa: TID251
SECRET = os.environ["BENCH_SECRET"]  # noqa: TID251
ACCOUNT_SID = "AC" + "0" * 32
SENDER = "+12025550100"
