# image: docker.io/docker/buildkit-syft-scanner:stable-1

# In the place of the public scanner: it speaks BuildKit's scanner protocol, and lists files instead of packages.
FROM debian:bookworm-slim
COPY --chmod=755 <<'EOF' /usr/local/bin/scan
#!/bin/sh
# A statement for each folder that the engine shows: BUILDKIT_SCAN_SOURCE, and those in BUILDKIT_SCAN_SOURCE_EXTRAS.
set -eu
for folder in "$BUILDKIT_SCAN_SOURCE" ${BUILDKIT_SCAN_SOURCE_EXTRAS:+"$BUILDKIT_SCAN_SOURCE_EXTRAS"/*}; do
    name=$(basename "$folder")
    files=$(cd "$folder" && find . -type f -printf '{"fileName":"%p"},' | head -c 1000000)
    printf '{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document","predicate":%s}' \
        "{\"spdxVersion\":\"SPDX-2.3\",\"name\":\"$name\",\"comment\":\"${BUILDKIT_SCAN_NOTE:-}\",\"files\":[${files%,}]}" \
        > "$BUILDKIT_SCAN_DESTINATION/$name.spdx.json"
done
EOF
ENTRYPOINT ["/usr/local/bin/scan"]
