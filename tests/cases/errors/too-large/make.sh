{
  printf '# syntax=slipway/frontend:1\nstack: go\n'
  yes '# a line of a manifest that was made by a program' | head -n 25000
} > slipway.yaml
