# syntax=docker/dockerfile:1
# The service without a compiler, without root and without anything that its lock doesn't name.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY requirements/run.lock requirements/build.lock requirements/
RUN python -m venv /opt/outreach \
 && /opt/outreach/bin/pip install --require-hashes --no-deps -r requirements/run.lock \
 && python -m venv /opt/build \
 && /opt/build/bin/pip install --require-hashes --no-deps -r requirements/build.lock
COPY pyproject.toml README.md ./
COPY outreach outreach
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/outreach/bin/pip install --no-deps --no-index /wheels/*.whl

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent outreach
WORKDIR /app
COPY --from=build /opt/outreach /opt/outreach
COPY config config
# The console shows which golden cases each rule passes.
COPY tests/golden tests/golden
COPY templates templates
ENV PATH=/opt/outreach/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OUTREACH_CONFIG=/app/config/outreach.toml \
    OUTREACH_LISTEN_HOST=0.0.0.0 \
    OUTREACH_LISTEN_PORT=8080
USER outreach
EXPOSE 8080
STOPSIGNAL SIGTERM
# The web server's own check; the worker's is in docker-compose.yml.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["outreach"]
CMD ["serve"]
