# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS base
WORKDIR /app

FROM base AS deps
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=bind,source=package.json,target=package.json \
    --mount=type=bind,source=package-lock.json,target=package-lock.json \
    --mount=type=cache,target=/root/.npm \
    NODE_USE_SYSTEM_CA=1 npm ci --no-audit --no-fund

FROM node:24-bookworm-slim AS deps-production
WORKDIR /app
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=bind,source=package.json,target=package.json \
    --mount=type=bind,source=package-lock.json,target=package-lock.json \
    --mount=type=cache,target=/root/.npm \
    NODE_USE_SYSTEM_CA=1 npm ci --omit=dev --no-audit --no-fund

# The packages are seen, not copied.
FROM base AS build
RUN --network=none \
    --mount=type=bind,source=package.json,target=package.json \
    --mount=type=bind,source=tsconfig.json,target=tsconfig.json \
    --mount=type=bind,source=src,target=src \
    --mount=type=bind,from=deps,source=/app/node_modules,target=node_modules \
    node_modules/.bin/tsc --outDir /out/dist && cp package.json /out

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --link --from=deps-production /app/node_modules /app/node_modules
COPY --link --from=build /out /app
USER 1000:1000
EXPOSE 3000
ENTRYPOINT ["node", "--enable-source-maps", "dist/server.js"]
