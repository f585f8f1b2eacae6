# syntax=docker/dockerfile:1
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -o /dice-on-alpine .

FROM alpine:3.22
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="Dice" org.opencontainers.image.revision="$COMMIT"
COPY --from=build /dice-on-alpine /dice-on-alpine
RUN chown 10001:10001 /dice-on-alpine && chmod 0500 /dice-on-alpine
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=30s CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/throw"]
ENTRYPOINT ["/dice-on-alpine"]
