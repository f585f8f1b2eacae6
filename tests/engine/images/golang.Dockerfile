# image: docker.io/library/golang:1.26-bookworm
# arg GOLANG_VERSION: go env GOVERSION | sed -n 's/^go\(1\.26\.[0-9]*\).*/\1/p'
# context toolchain: go env GOROOT

FROM buildpack-deps:bookworm
ARG GOLANG_VERSION
ENV GOLANG_VERSION=${GOLANG_VERSION} GOTOOLCHAIN=local GOPATH=/go PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY --from=toolchain --exclude=pkg/obj . /usr/local/go
RUN mkdir -p /go/src /go/bin && chmod -R 1777 /go
WORKDIR /go
