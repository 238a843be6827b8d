"""(b) The same work the way a typical team would write it: Flask, Celery, requests, psycopg.

One task per message and no compliance. Runs in an environment of its own, made from
`../celery.lock`; nothing here imports the service.
"""
