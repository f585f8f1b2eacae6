import os

from django.http import Http404, HttpRequest, JsonResponse

QUESTIONS = {1: "Tea or coffee?"}


def poll(request: HttpRequest, number: int) -> JsonResponse:
    if number not in QUESTIONS:
        raise Http404
    return JsonResponse({"question": QUESTIONS[number]})


def about(request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        {"user": os.getuid(), "group": os.getgid(), "read_only_root": not os.access("/", os.W_OK)}
    )
