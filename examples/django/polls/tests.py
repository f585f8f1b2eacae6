def test_polls(client):
    assert client.get("/polls/1").json() == {"question": "Tea or coffee?"}
    assert client.get("/polls/2").status_code == 404
