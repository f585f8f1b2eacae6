# syntax=docker/dockerfile:1
FROM python:3.13-slim-bookworm AS uv
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=cache,target=/root/.cache/pip \
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt pip install --root-user-action=ignore --prefix=/opt/uv uv==0.13.9

FROM python:3.13-slim-bookworm AS deps
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy
WORKDIR /src
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=bind,from=uv,source=/opt/uv,target=/opt/uv \
    --mount=type=bind,source=requirements.txt,target=requirements.txt \
    --mount=type=bind,source=requirements,target=requirements \
    --mount=type=cache,target=/root/.cache/uv \
    /opt/uv/bin/uv venv /opt/venv && \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    /opt/uv/bin/uv pip install --python /opt/venv --compile-bytecode -r requirements.txt

# A read-only root cannot keep what Python compiles at start.
FROM python:3.13-slim-bookworm AS build
COPY --link shop /app/shop
RUN --network=none python3 -m compileall -qq --invalidation-mode unchecked-hash /app

FROM python:3.13-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --link --from=deps /opt/venv /opt/venv
COPY --link --from=build /app /app
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["gunicorn", "shop:create_app()", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm"]
