# image: docker.io/nginxinc/nginx-unprivileged:1.28-alpine-slim

FROM debian:bookworm-slim AS packages
RUN apt-get update && apt-get install -y --no-install-recommends busybox-static nginx-light
# Alpine's programs are those of busybox; Debian's nginx brings the libraries that it is linked with.
RUN mkdir -p /root-fs/bin /root-fs/etc/nginx/conf.d /root-fs/usr/sbin /root-fs/usr/share/nginx/html /root-fs/tmp /root-fs/var/log/nginx \
    && cp /bin/busybox /root-fs/bin/ && for program in $(busybox --list); do [ -e "/root-fs/bin/$program" ] || ln -s busybox "/root-fs/bin/$program"; done \
    && cp /usr/sbin/nginx /root-fs/usr/sbin/ && cp /etc/nginx/mime.types /root-fs/etc/nginx/ \
    && ldd /usr/sbin/nginx | grep -o '/lib[^ ]*' | while read -r library; do cp --dereference --parents "$library" /root-fs/; done \
    && mkdir -p /root-fs/lib/x86_64-linux-gnu && cp -L /lib/x86_64-linux-gnu/libnss_files.so.2 /root-fs/lib/x86_64-linux-gnu/ \
    && ln -s /dev/stdout /root-fs/var/log/nginx/access.log && ln -s /dev/stderr /root-fs/var/log/nginx/error.log && chmod 1777 /root-fs/tmp
COPY <<'CONF' /root-fs/etc/nginx/nginx.conf
worker_processes auto;
error_log /var/log/nginx/error.log notice;
pid /tmp/nginx.pid;
events { worker_connections 1024; }
http {
  proxy_temp_path /tmp/proxy_temp;
  client_body_temp_path /tmp/client_temp;
  fastcgi_temp_path /tmp/fastcgi_temp;
  uwsgi_temp_path /tmp/uwsgi_temp;
  scgi_temp_path /tmp/scgi_temp;
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log /var/log/nginx/access.log;
  sendfile on;
  keepalive_timeout 65;
  include /etc/nginx/conf.d/*.conf;
}
CONF
COPY <<'CONF' /root-fs/etc/nginx/conf.d/default.conf
server { listen 8080; root /usr/share/nginx/html; }
CONF
RUN printf 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22\n' > /root-fs/etc/os-release \
    && printf 'root:x:0:0:root:/root:/bin/sh\nnginx:x:101:101:nginx:/nonexistent:/sbin/nologin\n' > /root-fs/etc/passwd \
    && printf 'root:x:0:\nnginx:x:101:\n' > /root-fs/etc/group && echo welcome > /root-fs/usr/share/nginx/html/index.html

FROM scratch
COPY --from=packages /root-fs /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin NGINX_VERSION=1.28
EXPOSE 8080
STOPSIGNAL SIGQUIT
USER 101
CMD ["nginx", "-g", "daemon off;"]
