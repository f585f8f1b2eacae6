from importlib.metadata import version

import text


def shout():
    return text.ascii("bücher.example").upper()


if __name__ == "__main__":
    print(shout(), "text", version("text"), text.__file__)
