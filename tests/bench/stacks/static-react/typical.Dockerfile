# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim AS build
ENV NODE_USE_SYSTEM_CA=1
WORKDIR /app
COPY . .
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,mode=0444 \
    --mount=type=cache,target=/root/.npm \
    npm ci
RUN npm run build

FROM nginxinc/nginx-unprivileged:1.28-alpine-slim
COPY --from=build /app/dist /usr/share/nginx/html
EXPOSE 8080
CMD ["nginx", "-g", "daemon off;"]
