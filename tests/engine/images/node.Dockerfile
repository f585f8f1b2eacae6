# image: docker.io/library/node:24-bookworm

FROM node:24-bookworm-slim AS slim
FROM buildpack-deps:bookworm
ENV NODE_VERSION=24.21.0 YARN_VERSION=1.22.22
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
RUN apt-get update && apt-get install -y --no-install-recommends python3 \
    && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /var/cache/ldconfig/aux-cache
COPY --from=slim /usr/local /usr/local
COPY --from=slim /opt /opt
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["node"]
