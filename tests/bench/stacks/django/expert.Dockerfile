# syntax=docker/dockerfile:1
FROM python:3.13-slim-bookworm AS tools
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=cache,target=/root/.cache/pip \
    python3 -m venv --without-pip /opt/tools && \
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt pip --python /opt/tools install uv==0.13.9 pipenv==2026.10.3

FROM python:3.13-slim-bookworm AS deps
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy
WORKDIR /src
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=bind,from=tools,source=/opt/tools,target=/opt/tools \
    --mount=type=bind,source=Pipfile,target=Pipfile \
    --mount=type=bind,source=Pipfile.lock,target=Pipfile.lock \
    --mount=type=cache,target=/root/.cache \
    /opt/tools/bin/pipenv verify && \
    /opt/tools/bin/pipenv requirements --hash > /tmp/requirements.txt && \
    /opt/tools/bin/uv venv /opt/venv && \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    /opt/tools/bin/uv pip install --python /opt/venv --compile-bytecode --require-hashes -r /tmp/requirements.txt && \
    rm /tmp/requirements.txt

# A read-only root cannot keep what Python compiles at start.
FROM python:3.13-slim-bookworm AS build
WORKDIR /app
ENV PYTHONDONTWRITEBYTECODE=1
COPY --link manage.py ./
COPY --link config config
COPY --link polls polls
RUN --network=none \
    --mount=type=bind,from=deps,source=/opt/venv,target=/opt/venv \
    /opt/venv/bin/python manage.py collectstatic --no-input && \
    rm polls/tests.py && \
    python3 -m compileall -qq --invalidation-mode unchecked-hash /app

FROM python:3.13-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --link --from=deps /opt/venv /opt/venv
COPY --link --from=build /app /app
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm"]
