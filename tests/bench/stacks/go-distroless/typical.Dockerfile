# syntax=docker/dockerfile:1
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -o /dice .

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /dice /dice
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/dice"]
