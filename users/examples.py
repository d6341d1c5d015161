from drf_spectacular.utils import OpenApiExample

CREATE_USER = OpenApiExample(
    "A new user",
    {"name": "Ada Example", "email": "ada@example.com", "phone_number": "+14155550123"},
    request_only=True,
)
UPDATE_USER = OpenApiExample("Another number", {"phone_number": "+14155550124"}, request_only=True)
USER = OpenApiExample(
    "A user",
    {
        "id": "65b8f0c2a7e4d1b3c5f60718",
        "name": "Ada Example",
        "email": "ada@example.com",
        "phone_number": "+14155550123",
        "created_at": "2026-01-31T12:00:00.000Z",
        "updated_at": "2026-01-31T12:00:00.000Z",
    },
    response_only=True,
)

ACCESS = "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIn0.c2lnbmF0dXJl"
REFRESH_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2lnbmF0dXJl"  # noqa: S105
SIGN_IN = OpenApiExample(
    "Sign in", {"username": "ada", "password": "correct horse battery staple"}, request_only=True
)
REFRESH = OpenApiExample("Refresh", {"refresh": REFRESH_TOKEN}, request_only=True)
TOKENS = OpenApiExample(
    "Tokens",
    {"access": ACCESS, "refresh": REFRESH_TOKEN, "expires_in": 600},
    response_only=True,
    status_codes=["200"],
)
