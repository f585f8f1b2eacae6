# image: gcr.io/distroless/base-debian12:nonroot

FROM debian:bookworm-slim AS packages
RUN apt-get update && apt-get install -y --no-install-recommends libssl3
# The libraries at their places, and nothing else of their packages.
RUN for package in libc6 libssl3; do dpkg -L "$package"; done | sed -n '/\/lib.*\.so/p' | while read -r file; do \
      [ -d "$file" ] || { mkdir -p "/out$(dirname "$file")" && cp -a "$file" "/out$file"; }; \
    done \
    && mkdir -p /out/usr && cd /out && for folder in lib lib64; do \
      if [ -d "$folder" ]; then mkdir -p "usr/$folder" && cp -a "$folder/." "usr/$folder/" && rm -r "$folder" && ln -s "usr/$folder" "$folder"; fi; \
    done

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=packages /out /
