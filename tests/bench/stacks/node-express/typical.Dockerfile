# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim
ENV NODE_ENV=production NODE_USE_SYSTEM_CA=1
WORKDIR /app
COPY . .
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev
USER 1000:1000
EXPOSE 3000
CMD ["node", "src/server.js"]
