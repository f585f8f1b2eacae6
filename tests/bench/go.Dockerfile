# syntax=docker/dockerfile:1
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 go mod download
COPY . .
RUN --network=none --mount=type=cache,target=/root/.cache/go-build CGO_ENABLED=0 go build -trimpath -o /app .

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /app /app
USER 10001:10001
ENTRYPOINT ["/app"]
