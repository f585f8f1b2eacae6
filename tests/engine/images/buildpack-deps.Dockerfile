# image: docker.io/library/buildpack-deps:bookworm

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
    ca-certificates curl g++ gcc git libc6-dev libssl-dev make netbase openssh-client pkg-config procps tzdata wget zlib1g-dev \
    && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /var/cache/ldconfig/aux-cache
