raise SystemExit("no part of the app")
