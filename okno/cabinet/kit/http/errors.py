"""Answers to what no view took: the same problem document for every route."""

from django.http import HttpRequest, HttpResponse

from okno.cabinet.kit.problems import Refusal, problem_response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    return problem_response(request, Refusal.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return problem_response(request, Refusal.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return problem_response(request, Refusal.NOT_FOUND)


def internal(request: HttpRequest) -> HttpResponse:
    return problem_response(request, Refusal.INTERNAL)
