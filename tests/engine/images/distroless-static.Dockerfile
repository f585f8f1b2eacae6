# image: gcr.io/distroless/static-debian12:nonroot

FROM debian:bookworm-slim AS packages
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates netbase tzdata
RUN mkdir -p /out/etc/ssl/certs /out/usr/share /out/usr/lib /out/var/lib /out/root /out/proc /out/sys /out/dev /out/run \
    && mkdir -m 1777 /out/tmp \
    && cp /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ \
    && cp -a /usr/share/zoneinfo /out/usr/share/ \
    && cp /usr/lib/os-release /out/usr/lib/ && ln -s ../usr/lib/os-release /out/etc/os-release \
    && cp /etc/services /etc/protocols /etc/rpc /etc/ethertypes /out/etc/ \
    && echo 'hosts: files dns' > /out/etc/nsswitch.conf \
    && printf '%s\n' root:x:0:0:root:/root:/sbin/nologin nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin \
       nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin > /out/etc/passwd \
    && printf '%s\n' root:x:0: nobody:x:65534: tty:x:5: staff:x:50: nonroot:x:65532: > /out/etc/group

FROM scratch
COPY --from=packages /out /
COPY --chown=65532:65532 --from=packages /out/run /home/nonroot
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532
WORKDIR /home/nonroot
