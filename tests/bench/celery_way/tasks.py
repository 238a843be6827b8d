"""The Celery application: one task per message."""

import uuid

import psycopg
import requests
from celery import Celery
from celery.signals import worker_process_init

from tests.bench.celery_way import config

celery = Celery("reminders", broker=config.BROKER_URL)
celery.conf.task_ignore_result = True

TEXT = (
    "{creditor}: {name}, your payment of ${amount:.2f} was due on {due_date}."
    " Pay at https://pay.bench.example or call. Reply STOP to opt out."
)
connections = {}


@worker_process_init.connect
def connect(**_: object) -> None:
    """Open this worker's database connection."""
    connections["db"] = psycopg.connect(config.DATABASE_URL)


@celery.task
def send_reminder(signal_id: int) -> None:
    """Look the borrower up, send the text, record what came of it."""
    db = connections["db"]
    with db.transaction():
        body, name, phone, creditor = db.execute(
            """
            SELECT s.body, b.name, b.phone, l.creditor
              FROM signals s
              JOIN loans l ON l.id = s.body #>> '{data,loan,id}'
              JOIN borrowers b ON b.id = l.borrower_id
             WHERE s.id = %s
            """,
            (signal_id,),
        ).fetchone()
    installment = body["data"]["installment"]
    attempt = uuid.uuid4().hex
    text = TEXT.format(
        creditor=creditor,
        name=name,
        amount=installment["outstanding"] / 100,
        due_date=installment["due_date"],
    )
    answer = requests.post(
        f"{config.PROVIDER_URL}/2010-04-01/Accounts/{config.ACCOUNT_SID}/Messages.json",
        data={
            "To": phone,
            "From": config.SENDER,
            "Body": text,
            "StatusCallback": f"https://bench.example/status?a={attempt}#rc=5",
        },
        auth=(config.ACCOUNT_SID, "bench"),
        timeout=10,
    )
    answer.raise_for_status()
    with db.transaction():
        db.execute(
            "INSERT INTO outcomes (signal_id, attempt, provider_id, status)"
            " VALUES (%s, %s, %s, %s)",
            (signal_id, attempt, answer.json()["sid"], "accepted"),
        )
        db.execute("UPDATE signals SET status = 'sent' WHERE id = %s", (signal_id,))
