# image: docker.io/library/alpine:3.22

# There is no repository of Alpine packages in reach: a busybox root that calls itself Alpine, without apk.
FROM debian:bookworm-slim AS busybox
RUN apt-get update && apt-get install -y --no-install-recommends busybox-static ca-certificates musl
RUN mkdir -p /out/bin /out/sbin /out/usr/bin /out/usr/sbin /out/etc/ssl/certs /out/lib /out/home /out/root /out/var /out/proc /out/sys /out/dev \
    && mkdir -m 1777 /out/tmp \
    && cp /bin/busybox /out/bin/busybox && chroot /out /bin/busybox --install -s \
    && cp /lib/x86_64-linux-musl/libc.so /out/lib/ld-musl-x86_64.so.1 && ln -s ld-musl-x86_64.so.1 /out/lib/libc.musl-x86_64.so.1 \
    && cp /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ && ln -s certs/ca-certificates.crt /out/etc/ssl/cert.pem

FROM scratch
COPY --from=busybox /out /
COPY <<EOF /etc/os-release
NAME="Alpine Linux"
ID=alpine
VERSION_ID=3.22.0
PRETTY_NAME="Alpine Linux v3.22"
EOF
COPY <<EOF /etc/passwd
root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/:/sbin/nologin
EOF
COPY <<EOF /etc/group
root:x:0:root
nobody:x:65534:
EOF
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["/bin/sh"]
