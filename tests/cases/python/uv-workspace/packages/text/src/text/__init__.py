import idna


def ascii(host):
    return idna.encode(host).decode()
