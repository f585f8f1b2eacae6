# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS base
WORKDIR /src
ENV CGO_ENABLED=0 GOTOOLCHAIN=local

# A layer, so that a registry cache carries it; what was downloaded before is not fetched again.
FROM base AS deps
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=bind,source=go.mod,target=go.mod \
    --mount=type=bind,source=go.sum,target=go.sum \
    --mount=type=cache,target=/downloads \
    GOPROXY="file:///downloads,$(go env GOPROXY)" go mod download && \
    cp -Rn /go/pkg/mod/cache/download/. /downloads

FROM deps AS build
ARG TARGETOS TARGETARCH
RUN --network=none \
    --mount=type=bind,target=. \
    --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags "-s -w" -o /out/dice-on-alpine .

FROM alpine:3.22
ARG COMMIT=unknown
COPY --link --from=build --chown=10001:10001 --chmod=0500 /out/dice-on-alpine /app/dice-on-alpine
USER 10001:10001
EXPOSE 8080
LABEL org.opencontainers.image.title="Dice" org.opencontainers.image.revision="$COMMIT"
HEALTHCHECK --interval=30s CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/throw"]
ENTRYPOINT ["/app/dice-on-alpine"]
