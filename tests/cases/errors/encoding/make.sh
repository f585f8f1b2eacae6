# `café` as Latin-1
printf '# syntax=slipway/frontend:1\nstages:\n  run:\n    from: scratch\n    image:\n      labels: { name: caf\351 }\n' > slipway.yaml
