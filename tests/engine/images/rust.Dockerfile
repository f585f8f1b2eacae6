# image: docker.io/library/rust:1.95-bookworm
# arg RUST_VERSION: rustc --version | sed -n 's/^rustc \(1\.95\.[0-9]*\) .*/\1/p'
# context toolchain: cd "$(rustc --print sysroot)/."; cp -al bin lib libexec "$OUT" || cp -a bin lib libexec "$OUT"; rm -rf "$OUT/lib/rustlib/src"; echo "$OUT"

FROM buildpack-deps:bookworm
ARG RUST_VERSION
ENV RUSTUP_HOME=/usr/local/rustup CARGO_HOME=/usr/local/cargo RUST_VERSION=${RUST_VERSION} PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY --from=toolchain . /usr/local/rustup/toolchains/${RUST_VERSION}-x86_64-unknown-linux-gnu
# The real image has rustup's stand-ins here, which run this very toolchain.
RUN mkdir -p /usr/local/cargo/bin && ln -s /usr/local/rustup/toolchains/${RUST_VERSION}-x86_64-unknown-linux-gnu/bin/* /usr/local/cargo/bin/ && chmod -R a+w /usr/local/cargo
