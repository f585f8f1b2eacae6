# image: docker.io/library/python:3.13-slim-bookworm

# Debian 12 has the source of no newer Python than 3.11: this one is of the next release.
FROM buildpack-deps:bookworm AS build
RUN sed -n 's/^deb \(.*\) bookworm main.*/deb-src \1 trixie main/p' /etc/apt/sources.list > /etc/apt/sources.list.d/source.list
RUN apt-get update && apt-get install -y --no-install-recommends \
    libbz2-dev libexpat1-dev libffi-dev libgdbm-dev liblzma-dev libncurses-dev libreadline-dev libsqlite3-dev uuid-dev xz-utils
WORKDIR /usr/src/python
# As the real image, but for optimisations and debug information, which take most of the time.
RUN apt-get source --download-only python3.13 \
    && tar -xJf python3.13_*.orig.tar.xz --strip-components=1 \
    && ./configure --enable-loadable-sqlite-extensions --enable-option-checking=fatal --enable-shared --disable-test-modules \
       OPT='-DNDEBUG -O1 -w' LDFLAGS=-Wl,--strip-all,-rpath,/usr/local/lib > /dev/null \
    && make -j "$(nproc)" > /dev/null \
    && make install DESTDIR=/out > /dev/null \
    && find /out -depth \( -name test -o -name tests -o -name __pycache__ -o -name '*.a' \) -exec rm -rf {} +

FROM debian:bookworm-slim
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
RUN apt-get update && apt-get install -y --no-install-recommends \
    ca-certificates libbz2-1.0 libexpat1 libffi8 libgdbm6 liblzma5 libncursesw6 libreadline8 libsqlite3-0 libssl3 libuuid1 netbase \
    tzdata zlib1g \
    && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /var/cache/ldconfig/aux-cache
COPY --from=build /out/usr/local /usr/local
RUN cd /usr/local/bin && for name in idle pip pydoc python python-config; do \
      [ -e "$name" ] || ln -s "$(echo "$name" | sed 's/^\([a-z]*\)/\13/')" "$name"; \
    done && ldconfig && python --version && pip --version
CMD ["python3"]
