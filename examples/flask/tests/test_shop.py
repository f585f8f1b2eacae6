from shop import create_app


def test_prices():
    client = create_app().test_client()
    assert client.get("/prices/apple").get_json() == {"thing": "apple", "price": 3}
    assert client.get("/prices/moon").status_code == 404
