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
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags "-s -w" -o /out/dice .

FROM gcr.io/distroless/static-debian12:nonroot
COPY --link --from=build /out /app
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/app/dice"]
