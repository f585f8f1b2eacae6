# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS base
WORKDIR /app

FROM base AS deps
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=bind,source=package.json,target=package.json \
    --mount=type=bind,source=package-lock.json,target=package-lock.json \
    --mount=type=cache,target=/root/.npm \
    NODE_USE_SYSTEM_CA=1 npm ci --no-audit --no-fund

# The bundler writes notes into the packages' folder.
FROM base AS build
RUN --network=none \
    --mount=type=bind,target=.,rw \
    --mount=type=bind,from=deps,source=/app/node_modules,target=node_modules,rw \
    npm run build && cp -R dist /out
RUN --network=none find /out -type f -size +1k \( -name '*.css' -o -name '*.html' -o -name '*.js' -o -name '*.svg' \) -exec gzip -9 -n -k {} +

FROM nginxinc/nginx-unprivileged:1.28-alpine-slim
COPY --link <<'SETTINGS' /etc/nginx/conf.d/default.conf
server {
  listen 8080;
  root /app;
  server_tokens off;
  gzip_static on;
  location /assets/ {
    add_header Cache-Control "public, max-age=31536000, immutable";
    try_files $uri =404;
  }
  location / {
    add_header Cache-Control no-cache;
    try_files $uri $uri/ /index.html;
  }
}
SETTINGS
COPY --link --from=build /out /app
USER 101:101
EXPOSE 8080
STOPSIGNAL SIGQUIT
ENTRYPOINT ["nginx", "-g", "daemon off;"]
