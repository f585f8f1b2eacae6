# syntax=docker/dockerfile:1
FROM python:3.13-slim-bookworm AS uv
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=cache,target=/root/.cache/pip \
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt pip install --root-user-action=ignore --prefix=/opt/uv uv==0.13.9

FROM python:3.13-slim-bookworm AS deps
ENV UV_PROJECT_ENVIRONMENT=/opt/venv UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /src
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=bind,from=uv,source=/opt/uv,target=/opt/uv \
    --mount=type=bind,source=pyproject.toml,target=pyproject.toml \
    --mount=type=bind,source=uv.lock,target=uv.lock \
    --mount=type=cache,target=/root/.cache/uv \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt /opt/uv/bin/uv sync --locked --no-dev --no-install-project

# A read-only root cannot keep what Python compiles at start.
FROM python:3.13-slim-bookworm AS build
COPY --link app /app/app
RUN --network=none python3 -m compileall -qq --invalidation-mode unchecked-hash /app

FROM python:3.13-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --link --from=deps /opt/venv /opt/venv
COPY --link --from=build /app /app
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000"]
