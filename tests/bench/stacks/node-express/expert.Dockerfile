# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim AS deps
WORKDIR /app
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=bind,source=package.json,target=package.json \
    --mount=type=bind,source=package-lock.json,target=package-lock.json \
    --mount=type=cache,target=/root/.npm \
    NODE_USE_SYSTEM_CA=1 npm ci --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --link --from=deps /app/node_modules /app/node_modules
COPY --link package.json /app/
COPY --link src /app/src
USER 1000:1000
EXPOSE 3000
ENTRYPOINT ["node", "src/server.js"]
