# image: docker.io/slipway/floor:1
# always
# context floor: echo 'fn main() {}' | rustc -C opt-level=3 -C target-feature=+crt-static -C strip=symbols --target x86_64-unknown-linux-gnu --crate-name floor -o "$OUT/floor" -; echo "$OUT"

# A frontend that exits at once: what a build costs before any frontend has done anything.
FROM scratch
LABEL moby.buildkit.frontend.network.none="true"
LABEL moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts"
COPY --from=floor floor /floor
ENTRYPOINT ["/floor"]
