import idna


def test_what_is_no_host():
    assert idna.encode("é") == b"xn--9ca"
