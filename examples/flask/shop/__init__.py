"""Shop: a list of things and their prices."""

import os

from flask import Flask, abort, jsonify


def create_app() -> Flask:
    app = Flask(__name__)
    prices = {"apple": 3, "pear": 4}

    @app.get("/prices/<thing>")
    def price(thing: str):
        if thing not in prices:
            abort(404)
        return jsonify(thing=thing, price=prices[thing])

    @app.get("/about")
    def about():
        return jsonify(user=os.getuid(), group=os.getgid(), read_only_root=not os.access("/", os.W_OK))

    return app
