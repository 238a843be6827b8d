"""The Flask application: verify, store, enqueue."""

import base64
import hashlib
import hmac
import time

from flask import Flask, request
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from tests.bench.celery_way import config
from tests.bench.celery_way.tasks import send_reminder

app = Flask(__name__)
pool = ConnectionPool(config.DATABASE_URL, min_size=1, max_size=16, open=True)
key = base64.b64decode(config.SECRET.removeprefix("whsec_"))


@app.post("/signals")
def take_signal() -> tuple[str, int]:
    """Store one signed signal and hand it to a worker."""
    body = request.get_data()
    message_id = request.headers["webhook-id"]
    timestamp = request.headers["webhook-timestamp"]
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    fresh = abs(time.time() - int(timestamp)) <= 300  # noqa: TID251
    if not fresh or not hmac.compare_digest(expected, request.headers["webhook-signature"]):
        return "", 401
    with pool.connection() as conn:
        row = conn.execute(
            "INSERT INTO signals (message_id, body) VALUES (%s, %s)"
            " ON CONFLICT DO NOTHING RETURNING id",
            (message_id, Jsonb(request.get_json())),
        ).fetchone()
    if row is None:
        return "", 200
    send_reminder.delay(row[0])
    return "", 202
