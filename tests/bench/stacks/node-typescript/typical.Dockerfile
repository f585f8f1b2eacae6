# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim AS build
ENV NODE_USE_SYSTEM_CA=1
WORKDIR /app
COPY . .
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=cache,target=/root/.npm \
    npm ci
RUN npm run build
RUN npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app .
USER 1000:1000
EXPOSE 3000
CMD ["node", "--enable-source-maps", "dist/server.js"]
