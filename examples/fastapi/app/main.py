"""Greeter: greets, and tells how it runs."""

import os
import sys

from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.get("/hello/{name}")
def hello(name: str) -> dict[str, str]:
    if not name.isalpha():
        raise HTTPException(status_code=422, detail="a name has letters only")
    return {"message": f"Hello, {name}!"}


@app.get("/about")
def about() -> dict[str, object]:
    return {
        "commit": os.environ.get("COMMIT", "unknown"),
        "user": os.getuid(),
        "group": os.getgid(),
        "pid": os.getpid(),
        "python": sys.version.split()[0],
        "read_only_root": not os.access("/", os.W_OK),
    }
