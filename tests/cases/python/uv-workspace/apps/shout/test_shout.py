from main import shout


def test_shout():
    assert shout() == "XN--BCHER-KVA.EXAMPLE"
