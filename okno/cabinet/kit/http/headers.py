"""Headers of every answer (the content security policy apart, which needs a nonce)."""

from django.http import HttpRequest, HttpResponseBase

from okno.cabinet.kit.http.entry import Handler

HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
TRANSPORT = "max-age=63072000; includeSubDomains"


class HeadersMiddleware:
    """An answer that sets one of them itself keeps its own."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure():
            response["Strict-Transport-Security"] = TRANSPORT
        return response
