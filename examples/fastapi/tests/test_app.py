from fastapi.testclient import TestClient

from app.main import app

client = TestClient(app)


def test_hello():
    assert client.get("/hello/Ada").json() == {"message": "Hello, Ada!"}


def test_names_have_letters_only():
    assert client.get("/hello/42").status_code == 422
